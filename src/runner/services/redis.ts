import { splitArguments } from '../job/shell.ts';
import type { ServiceProgram } from './service-program.ts';

/** Redis, in memory only. */
export const redis: ServiceProgram = {
  install: 'install redis-server (Debian and Ubuntu: apt-get install redis-server)',
  plan: async ({ spec, folder, port, find, write }) => {
    const server = await find('redis-server');
    const client = await find('redis-cli');
    const listening = await port(6379);
    // The health check speaks to the port that the image would have.
    await write('bin/redis-cli', `#!/bin/sh\nexec '${client}' -p ${listening} "$@"\n`);
    const [, ...more] = splitArguments(spec.command ?? '');
    return {
      title: 'redis-server',
      first: [],
      run: {
        file: server,
        args: ['--port', String(listening), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...more],
      },
      port: listening,
      after: [],
      env: {},
      path: [`${folder}/bin`],
    };
  },
};
