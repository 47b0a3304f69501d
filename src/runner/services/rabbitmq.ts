import { join } from 'node:path';
import type { ServiceProgram } from './service-program.ts';

/** Debian's own scripts insist on one user and one node a machine; these do not. */
const scripts = ['/usr/lib/rabbitmq/bin'];

/** RabbitMQ as a node of its own, with the variables of its official image. */
export const rabbitmq: ServiceProgram = {
  install: 'install rabbitmq-server (Debian and Ubuntu: apt-get install rabbitmq-server)',
  plan: async ({ spec, folder, port, find, write }) => {
    const { env, image } = spec;
    const server = await find('rabbitmq-server', scripts);
    const listening = await port(5672);
    const managed = image.includes('management') || spec.ports.some((mapped) => mapped.includes('15672'));
    const settings = [
      `listeners.tcp.default = 127.0.0.1:${listening}`,
      `default_user = ${env['RABBITMQ_DEFAULT_USER'] || 'guest'}`,
      `default_pass = ${env['RABBITMQ_DEFAULT_PASS'] || 'guest'}`,
      `default_vhost = ${env['RABBITMQ_DEFAULT_VHOST'] || '/'}`,
      ...(managed ? ['management.tcp.ip = 127.0.0.1', `management.tcp.port = ${await port(15672)}`] : []),
    ];
    return {
      title: 'rabbitmq-server',
      first: [],
      run: { file: server, args: [] },
      port: listening,
      after: [],
      env: {
        RABBITMQ_NODENAME: `lab${listening}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_DIST_PORT: String(await port(25672)),
        ERL_EPMD_PORT: String(await port(4369)),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_LOGS: '-',
        RABBITMQ_CONFIG_FILE: await write('rabbitmq.conf', `${settings.join('\n')}\n`),
        RABBITMQ_ENABLED_PLUGINS_FILE: await write('enabled_plugins', managed ? '[rabbitmq_management].\n' : '[].\n'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
      },
      path: scripts,
      health: 'rabbitmq-diagnostics -q check_port_connectivity',
    };
  },
};
