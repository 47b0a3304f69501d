import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../process/find-program.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({
    services: {
      echo: {
        run: `exec node -e "require('net').createServer((s) => s.end(process.env.WORD)).listen(process.env.PORT, '127.0.0.1')"`,
        port: 7,
      },
    },
  });
});
afterAll(() => bench.close());

const path = process.env['PATH'] ?? '';
const missing = async (...names: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(
    names.map((name) => findProgram(name, `${path}:/usr/lib/rabbitmq/bin:/usr/lib/postgresql/15/bin`)),
  );
  return names.filter((_, index) => found[index] === undefined);
};
const without = async (...names: readonly string[]): Promise<boolean> => {
  const absent = await missing(...names);
  if (absent.length > 0) process.stderr.write(`not tested here, for want of ${absent.join(', ')}\n`);
  return absent.length > 0;
};

const job = (services: string, script: string): string =>
  `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    services:\n${services.replaceAll(/^/gm, '      ')}\n    steps:\n      - run: |\n${script.replaceAll(/^/gm, '          ')}\n`;

test('postgres starts as its image would, on the mapped port, and waits for its health check', async () => {
  if (await without('postgres', 'initdb', 'psql')) return;
  const { run, log, jobs } = await bench.run(
    job(
      `db:
  image: postgres:16
  env: { POSTGRES_USER: shop, POSTGRES_PASSWORD: "pass word'1", POSTGRES_DB: orders }
  ports: [5432]
  options: >-
    --health-cmd "pg_isready -U shop" --health-interval 10s --health-timeout 5s --health-retries 5`,
      `export PGPASSWORD="pass word'1"
psql -h localhost -p "\${{ job.services.db.ports['5432'] }}" -U shop -d orders -tAc "select 'in ' || current_database()"
PGPASSWORD=wrong psql -h 127.0.0.1 -p "\${{ job.services.db.ports[5432] }}" -U shop -d orders -c 'select 1' || echo refused`,
    ),
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nin orders\n');
  expect(log).toContain('\nrefused\n');
  expect(log).toContain('stand-in: a program of this machine takes the place of postgres:16');
  expect(jobs['job']?.steps.map(({ name, fidelity }) => `${name} ${fidelity}`)).toContain(
    'Initialize containers stand-in',
  );
});

test('redis answers on the port that the workflow maps, and its health check speaks to it', async () => {
  if (await without('redis-server', 'redis-cli')) return;
  const { run, log } = await bench.run(
    job(
      'cache:\n  image: redis:7-alpine\n  ports: ["16379:6379"]\n  options: --health-cmd "redis-cli ping" --health-interval=1s',
      'redis-cli -h localhost -p 16379 set a b',
    ),
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('6379 -> 127.0.0.1:16379');
});

test('rabbitmq takes its user and its virtual host', async () => {
  if (await without('rabbitmq-server', 'rabbitmqctl', 'python3')) return;
  const { run, log } = await bench.run(
    job(
      'mq:\n  image: rabbitmq:3.13\n  env: { RABBITMQ_DEFAULT_USER: me, RABBITMQ_DEFAULT_PASS: secret, RABBITMQ_DEFAULT_VHOST: shop }\n  ports: [5672]\n  options: --health-cmd "rabbitmq-diagnostics -q check_port_connectivity"',
      `python3 - "\${{ job.services.mq.ports['5672'] }}" <<'END'
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.sendall(b'AMQP\\0\\0\\x09\\x01')
print('mechanisms', b'PLAIN' in s.recv(4096))
END`,
    ),
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nmechanisms True\n');
}, 60_000);

test('a program of the lab’s own table stands for an image; an empty image is none', async () => {
  const { run, log } = await bench.run(
    job(
      "word:\n  image: registry.test/tools/echo:1\n  env: { WORD: hello }\n  ports: [7]\nnone:\n  image: \"${{ github.actor == 'nobody' && 'x' || '' }}\"",
      `node -e "require('net').connect('\${{ job.services.word.ports[7] }}', '127.0.0.1').on('data', (d) => console.log('said ' + d))"`,
    ),
  );
  expect(run.conclusion, log).toBe('success');
  expect(log).toContain('\nsaid hello\n');
});

test('what cannot be had is refused by name, with what brings it', async () => {
  const service = await bench.run(job('db:\n  image: mysql:8', 'echo never'));
  expect(service.run.conclusion, service.log).toBe('failure');
  expect(service.log).toContain('service db wants the image mysql:8: no container engine answers here');
  expect(service.log).toContain('install docker or podman');
  expect(service.log).not.toContain('\nnever\n');
  const container = await bench.run(
    'on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    container: node:22\n    steps: [{ run: echo never, if: always() }]\n',
  );
  expect(container.run.conclusion, container.log).toBe('failure');
  expect(container.log).toContain('`container: node:22` of job job needs');
  const action = await bench.run(
    'on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps: [{ uses: "docker://alpine:3" }]\n',
  );
  expect(action.log).toContain('no container engine answers here, which docker://alpine:3 needs');
});

test('a service that is not healthy in time fails the job, and is told', async () => {
  const { run, log, jobs } = await bench.run(
    `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    services:
      word: { image: echo, ports: [7], options: '--health-cmd "exit 1" --health-interval 10ms --health-timeout 10ms --health-retries 1' }
    steps: [{ run: echo never }, { if: always(), run: echo at the end }]
`,
  );
  expect(run.conclusion, log).toBe('failure');
  expect(log).toContain('Failed to initialize container echo');
  expect(log).toContain('\nat the end\n');
  expect(jobs['job']?.steps.map((step) => step.conclusion)).toEqual([
    'success',
    'failure',
    'skipped',
    'success',
    'success',
    'success',
  ]);
});
