import type { Ports } from '../../ports.ts';
import { serviceProgram } from '../../runner/services/local-services.ts';
import { type RunningProgram, startProgram } from '../../runner/services/start-program.ts';

/** What services of an environment keep their data in: programs of this machine, one of each kind for all of them. */
export interface BackingServices {
  /**
   * Variables that lead a service to it, such as DATABASE_URL; started for the first that asks. Where its program is
   * not on this machine, what is missing.
   */
  reach(environment: string, image: string): Promise<Backing>;
  close(): Promise<void>;
}

export type Backing = { readonly env: Readonly<Record<string, string>> } | { readonly missing: string };

interface Kind {
  readonly variable: string;
  readonly port: number;
  readonly env: (password: string) => Readonly<Record<string, string>>;
  readonly url: (password: string, port: string) => string;
}

const kinds: Readonly<Record<string, Kind>> = {
  postgres: {
    variable: 'DATABASE_URL',
    port: 5432,
    env: (password) => ({ POSTGRES_PASSWORD: password }),
    url: (password, port) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
  },
  rabbitmq: {
    variable: 'AMQP_URL',
    port: 5672,
    env: (password) => ({ RABBITMQ_DEFAULT_USER: 'app', RABBITMQ_DEFAULT_PASS: password }),
    url: (password, port) => `amqp://app:${password}@127.0.0.1:${port}`,
  },
  redis: { variable: 'REDIS_URL', port: 6379, env: () => ({}), url: (_, port) => `redis://127.0.0.1:${port}` },
};

/** The kinds of images that a deployed service may ask for. */
export const backingKinds: readonly string[] = Object.keys(kinds);

export function createBackingServices(options: {
  readonly ports: Pick<Ports, 'random' | 'env'>;
  /** In the environment of every process, by which a lab that was killed finds what it left. */
  readonly mark: Readonly<Record<string, string>>;
}): BackingServices {
  const ended = new AbortController();
  const started = new Map<string, Promise<Backing & { readonly running?: RunningProgram }>>();

  async function start(image: string): Promise<Backing & { readonly running?: RunningProgram }> {
    const kind = kinds[image.split(':')[0] ?? ''];
    if (kind === undefined) return { missing: `expected one of ${backingKinds.join(', ')}, found ${image}` };
    const password = Buffer.from(options.ports.random(18)).toString('hex');
    const spec = { image, env: kind.env(password), ports: [String(kind.port)], volumes: [], options: '' };
    try {
      const running = await startProgram({
        name: image,
        spec,
        program: serviceProgram(image, spec, {}),
        env: { PATH: options.ports.env['PATH'] ?? '', ...options.mark },
        signal: ended.signal,
        log: () => {},
      });
      return { env: { [kind.variable]: kind.url(password, running.ports[String(kind.port)] ?? '') }, running };
    } catch (error) {
      return { missing: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    reach: (environment, image) => {
      const key = `${environment} ${image}`;
      const found = started.get(key) ?? start(image);
      started.set(key, found);
      return found;
    },
    close: async () => {
      ended.abort(new Error('the lab ends'));
      const all = await Promise.all(started.values());
      await Promise.all(all.map(({ running }) => running?.stop()));
    },
  };
}
