import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { splitArguments } from '../job/shell.ts';
import type { ServiceProgram } from './service-program.ts';

const packaged = '/usr/lib/postgresql';

/** PostgreSQL with the variables of its official image. */
export const postgres: ServiceProgram = {
  install: 'install postgresql (Debian and Ubuntu: apt-get install postgresql)',
  plan: async ({ spec, folder, port, find, write }) => {
    const { env, image } = spec;
    const user = env['POSTGRES_USER'] || 'postgres';
    const database = env['POSTGRES_DB'] || user;
    const password = env['POSTGRES_PASSWORD'] ?? '';
    const trusting = env['POSTGRES_HOST_AUTH_METHOD'] === 'trust';
    if (password === '' && !trusting) {
      throw new Error(
        'Error: Database is uninitialized and superuser password is not specified. You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.',
      );
    }
    const { folders, version } = installed(/:(\d+)/.exec(image)?.[1]);
    const [initdb, server, createdb] = [
      await find('initdb', folders),
      await find('postgres', folders),
      await find('createdb', folders),
    ];
    const data = join(folder, 'data');
    const listening = await port(5432);
    const login = password === '' ? [] : [`--pwfile=${await write('password', `${password}\n`)}`];
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(listening),
      unix_socket_directories: folder,
      fsync: 'off',
    };
    return {
      title: `PostgreSQL ${version}`.trim(),
      first: [
        {
          file: initdb,
          args: [
            `--pgdata=${data}`,
            `--username=${user}`,
            '--auth-local=trust',
            `--auth-host=${trusting ? 'trust' : 'scram-sha-256'}`,
            '--encoding=UTF8',
            '--no-sync',
            ...login,
            ...splitArguments(env['POSTGRES_INITDB_ARGS'] ?? ''),
          ],
        },
      ],
      run: {
        file: server,
        args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      },
      port: listening,
      after:
        database === 'postgres'
          ? []
          : [{ file: createdb, args: ['-h', folder, '-p', String(listening), '-U', user, '--', database] }],
      // As inside the image: by the socket, without a password.
      env: { PGHOST: folder, PGPORT: String(listening), LC_ALL: 'C.UTF-8' },
      path: folders,
    };
  },
};

/** Debian's folders of programs: of the version that the image names, else of the newest. */
function installed(wanted: string | undefined): { folders: readonly string[]; version: string } {
  const versions = existsSync(packaged) ? readdirSync(packaged).filter((name) => /^\d+$/.test(name)) : [];
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  const version = wanted !== undefined && versions.includes(wanted) ? wanted : newest?.toString();
  return version === undefined ? { folders: [], version: '' } : { folders: [join(packaged, version, 'bin')], version };
}
