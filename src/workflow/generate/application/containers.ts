import type { ContainerConfig, ServiceConfig, ServicesConfig } from '../../../config/services.ts';
import type { Fields } from '../render-yaml.ts';

/** A service container, by the name that a job gives it. */
type Named = readonly [string, ContainerConfig];

/** Names of a service's containers as JSON; '' where it uses none. */
export function namesOf(config: Pick<ServicesConfig, 'containers'>, service: ServiceConfig): string {
  const names = containersOf(config, service).map(([name]) => name);
  return names.length === 0 ? '' : JSON.stringify(names);
}

/** A service's containers as JSON, for a workflow that knows none of them. */
export function containersAsJson(config: Pick<ServicesConfig, 'containers'>, service: ServiceConfig): string {
  const containers = containersOf(config, service).map(([name, one]) => [name, toService(one, one.image)] as const);
  return containers.length === 0 ? '' : JSON.stringify(Object.fromEntries(containers));
}

/** All containers of a repository, of which a job starts those that its service uses: an empty image starts nothing. */
export function allContainers(config: Pick<ServicesConfig, 'containers' | 'services'>): Fields {
  const all = new Map([...config.services.values()].flatMap((service) => containersOf(config, service)));
  return Object.fromEntries(
    [...all]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [
        name,
        toService(one, `\${{ contains(inputs.uses, '"${name}"') && '${one.image}' || '' }}`),
      ]),
  );
}

function containersOf({ containers }: Pick<ServicesConfig, 'containers'>, { uses }: ServiceConfig): readonly Named[] {
  return uses.map((one) => {
    const own = containers.get(one);
    return own === undefined ? [jobName(one.split('/').at(-1) ?? one), known(one)] : [jobName(one), own];
  });
}

function toService({ ports, env, health }: ContainerConfig, image: string): Fields {
  return {
    image,
    ...(ports.length === 0 ? {} : { ports: ports.map((port) => `${port}:${port}`) }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(health === undefined
      ? {}
      : { options: `--health-cmd ${quoted(health)} --health-interval 5s --health-timeout 5s --health-retries 20` }),
  };
}

/** One word of a command line, as .NET splits it: a backslash takes a quote's meaning, and that of one before a quote. */
function quoted(text: string): string {
  return `"${text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
}

/** `docker.io/library/postgres:16` → `postgres` */
function nameOf(image: string): string {
  return (image.split('@')[0] ?? '').split('/').at(-1)?.split(':')[0] ?? '';
}

/** Hosts and contexts take letters, digits and "-". */
function jobName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
}

/** What people set for these images anyway: ports, a password that opens nothing else, and when they serve. */
const usual: Readonly<Record<string, Omit<ContainerConfig, 'image'>>> = {
  postgres: { ports: [5432], env: { POSTGRES_PASSWORD: 'postgres' }, health: 'pg_isready -U postgres' },
  mysql: { ports: [3306], env: { MYSQL_ROOT_PASSWORD: 'root' }, health: 'mysqladmin ping -h 127.0.0.1 -proot' },
  mariadb: {
    ports: [3306],
    env: { MARIADB_ROOT_PASSWORD: 'root' },
    health: 'healthcheck.sh --connect --innodb_initialized',
  },
  redis: { ports: [6379], env: {}, health: 'redis-cli ping' },
  valkey: { ports: [6379], env: {}, health: 'valkey-cli ping' },
  rabbitmq: { ports: [5672], env: {}, health: 'rabbitmq-diagnostics -q ping' },
  mongo: { ports: [27_017], env: {}, health: "mongosh --quiet --eval 'db.runCommand({ping:1}).ok'" },
  nats: { ports: [4222], env: {} },
  memcached: { ports: [11_211], env: {} },
};

function known(image: string): ContainerConfig {
  return { image, ...(usual[nameOf(image)] ?? { ports: [], env: {} }) };
}
