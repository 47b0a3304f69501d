import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import { parseImageReference } from '../../registry/image-reference.ts';
import type { RegistryClient } from '../../registry/registry-client.ts';
import { sweepOrphans } from '../../runner/process/sweep-orphans.ts';
import { createBackingServices } from './backing-services.ts';
import { endGroup, type ServiceProcess, signalGroup, startService } from './service-process.ts';
import { type ImageConfig, unpackImage } from './unpack-image.ts';

export interface DeployTargetOptions {
  readonly folder: string;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'env'>;
  readonly registry: RegistryClient;
  /** Whether the token is one of the environment's own. */
  readonly authorize: (environment: string, token: string) => boolean;
  /** In the environment of every service: by it the lab finds its processes when it ends at once. */
  readonly mark: Readonly<Record<string, string>>;
  /** Milliseconds until a new process must listen; 15 s by default. */
  readonly patience?: number;
}

/** What runs, and what is to be started again when the lab is. */
interface Deployed {
  readonly environment: string;
  readonly service: string;
  readonly image: string;
  readonly host: string;
  /** Images of what it keeps its data in. */
  readonly with: readonly string[];
  readonly root: string;
  readonly config: ImageConfig;
  readonly pid: number;
  readonly port: number;
}

export interface DeployTarget {
  /** `PUT /environments/{environment}/services/{service}` with `{image, health, with}`; GET says what runs. */
  readonly listener: RequestListener;
  /** Ends what a killed lab left, and starts again what ran; answers what could not be started, a sentence each. */
  open(): Promise<readonly string[]>;
  /** The port of the process that answers for this host. */
  portOf(host: string): number | undefined;
  /** Ends every process. */
  close(): Promise<void>;
  /** The same at once, for a process that is about to exit. */
  killAll(): void;
}

/**
 * A host to deploy to: pulls an image by digest, runs it, and lets the old process go once the new one listens, as a
 * rolling update does. When the new one does not come up, the old one stays and the caller sees why.
 */
export function createDeployTarget(options: DeployTargetOptions): DeployTarget {
  const { clock } = options.ports;
  /** The same each time the folder is opened. */
  const trackingId = `lab_${createHash('sha256').update(options.folder).digest('hex').slice(0, 24)}`;
  const running = new Map<string, Deployed>();
  const backing = createBackingServices({
    ports: options.ports,
    mark: { RUNNER_TRACKING_ID: trackingId, ...options.mark },
  });
  const turns = new Map<string, Promise<unknown>>();

  const placeOf = (environment: string, service: string): string =>
    join(options.folder, encodeURIComponent(environment), encodeURIComponent(service));

  /** One deployment of a service at a time, in the order asked for. */
  function inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
    turns.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async function run(request: Omit<Deployed, keyof ServiceProcess>): Promise<Deployed> {
    const place = placeOf(request.environment, request.service);
    const reached = await Promise.all(request.with.map((image) => backing.reach(request.environment, image)));
    const process = await startService({
      config: request.config,
      root: request.root,
      logFile: join(place, 'log'),
      trackingId,
      mark: options.mark,
      env: options.ports.env,
      reach: Object.assign({}, ...reached.map((one) => ('env' in one ? one.env : {}))),
      clock,
      patience: options.patience ?? 15_000,
    });
    const deployed = { ...request, ...process };
    running.set(place, deployed);
    const file = join(place, 'deployed.json');
    writeFileSync(`${file}.part`, JSON.stringify(deployed));
    renameSync(`${file}.part`, file);
    return deployed;
  }

  async function deploy(environment: string, service: string, asked: Asked): Promise<Deployed> {
    const { image, health } = asked;
    const reference = parseImageReference(image);
    if (reference.digest === undefined) {
      throw new TrunklineError('INPUT_INVALID', `expected an image by its digest, found "${image}"`);
    }
    if (!URL.canParse(health)) {
      throw new TrunklineError('INPUT_INVALID', `expected the address of a health check, found "${health}"`);
    }
    const place = placeOf(environment, service);
    const before = running.get(place);
    const root = join(place, Buffer.from(options.ports.random(6)).toString('hex'));
    await mkdir(root, { recursive: true });
    try {
      const config = await unpackImage(options.registry, reference, root);
      const host = new URL(health).hostname;
      const after = await run({ environment, service, image, host, with: asked.with, root, config });
      if (before !== undefined) {
        await endGroup(before.pid, clock);
        await rm(before.root, { recursive: true, force: true });
      }
      return after;
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  async function answer(message: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const path = new URL(message.url ?? '/', 'http://deploy').pathname;
    const [, rawEnvironment = '', rawService = ''] = /^\/environments\/([^/]+)\/services\/([^/]+)$/.exec(path) ?? [];
    if (rawService === '') return { status: 404, body: { message: `expected /environments/{name}/services/{name}` } };
    const environment = decodeURIComponent(rawEnvironment);
    const service = decodeURIComponent(rawService);
    const token = /^bearer\s+(.+)$/i.exec(message.headers.authorization ?? '')?.[1] ?? '';
    if (token === '' || !options.authorize(environment, token)) {
      const wanted = `expected a secret of the environment "${environment}" as bearer token`;
      return { status: 401, body: { message: `${wanted}, found ${token === '' ? 'none' : 'another'}` } };
    }
    const key = placeOf(environment, service);
    if (message.method === 'GET') {
      const found = running.get(key);
      if (found === undefined) return { status: 404, body: { message: `${service} does not run in ${environment}` } };
      return { status: 200, body: { image: found.image, host: found.host } };
    }
    if (message.method !== 'PUT') return { status: 405, body: { message: 'expected GET or PUT' } };
    const asked = askedOf(JSON.parse(await text(message)));
    const { image } = asked;
    const previous = running.get(key)?.image ?? null;
    const { host } = await inTurn(key, () => deploy(environment, service, asked));
    const reached = await Promise.all(asked.with.map((one) => backing.reach(environment, one)));
    const without = reached.flatMap((one, index) => ('missing' in one ? [`${asked.with[index]}: ${one.missing}`] : []));
    return { status: 200, body: { image, host, previous, without } };
  }

  return {
    listener: (message, response) => {
      const failed = (error: unknown): { status: number; body: unknown } => {
        const wrong = error instanceof SyntaxError || error instanceof URIError;
        const reason = error instanceof Error ? error.message : String(error);
        return { status: wrong ? 400 : error instanceof TrunklineError ? 422 : 500, body: { message: reason } };
      };
      const send = ({ status, body }: { status: number; body: unknown }): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      };
      answer(message).then(send, (error: unknown) => send(failed(error)));
    },
    open: async () => {
      mkdirSync(options.folder, { recursive: true });
      const left = deployedIn(options.folder);
      await sweepOrphans(trackingId);
      const restarts = left.map(async ({ pid: _, port: __, ...request }) => {
        await run(request);
      });
      const results = await Promise.allSettled(restarts);
      return results.flatMap((result, index) => {
        const { service = '', environment = '' } = left[index] ?? {};
        if (result.status === 'fulfilled') return [];
        return [`${service} in ${environment} could not be started again: ${String(result.reason)}`];
      });
    },
    portOf: (host) => [...running.values()].find((deployed) => deployed.host === host)?.port,
    close: async () => {
      await Promise.allSettled(turns.values());
      await Promise.all([...running.values()].map(({ pid }) => endGroup(pid, clock)));
      running.clear();
      await backing.close();
      await sweepOrphans(trackingId);
    },
    killAll: () => {
      for (const { pid } of running.values()) signalGroup(pid, 'SIGKILL');
    },
  };
}

interface Asked {
  readonly image: string;
  readonly health: string;
  readonly with: readonly string[];
}

function askedOf(input: { readonly image?: unknown; readonly health?: unknown; readonly with?: unknown }): Asked {
  return {
    image: String(input.image ?? ''),
    health: String(input.health ?? ''),
    with: Array.isArray(input.with) ? input.with.map(String) : [],
  };
}

function deployedIn(folder: string): readonly Deployed[] {
  return readdirSync(folder).flatMap((environment) =>
    readdirSync(join(folder, environment)).flatMap((service) => {
      const file = join(folder, environment, service, 'deployed.json');
      return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Deployed] : [];
    }),
  );
}
