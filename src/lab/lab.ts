import type { JsonWebKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TrunklineError } from '../errors.ts';
import { jwks, verifyJwt } from '../forge/actions/jwt.ts';
import { openForge, type RunningForge } from '../forge/open-forge.ts';
import { git } from '../git/git.ts';
import type { Report } from '../protocol/report.ts';
import { createRegistryClient } from '../registry/registry-client.ts';
import type { Runner } from '../runner/runner.ts';
import { AwsAccounts } from './aws/aws-accounts.ts';
import { ecrHost } from './aws/aws-listener.ts';
import type { AwsRole } from './aws/read-roles.ts';
import { createDeployTarget, type DeployTarget } from './deploy/deploy-target.ts';
import { environmentSecret } from './deploy/environment-secret.ts';
import { labHosts } from './lab-hosts.ts';
import { labMark } from './lab-mark.ts';
import { type Ending, openNetwork } from './lab-network.ts';
import type { LabOptions } from './lab-options.ts';
import { startLabRunner } from './lab-runner.ts';
import { labUrls } from './lab-urls.ts';
import { type Egress, EgressLedger } from './proxy/egress.ts';
import { packagesApi } from './registry/packages-api.ts';
import type { PackageRole } from './registry/registry-access.ts';
import { createRegistryServer } from './registry/registry-server.ts';
import { RegistryStore } from './registry/registry-store.ts';
import { openSchedules, type Schedules } from './schedules.ts';
import { createSigstoreServices, trustedRootFile } from './sigstore/sigstore-services.ts';

export type { LabOptions } from './lab-options.ts';

/** A forge, a runner, a registry and a deploy target on loopback, seen as github.com by whoever takes `env()`. */
export interface Lab {
  readonly folder: string;
  /** Given to nobody else: removed by `close`. */
  readonly temporary: boolean;
  readonly forge: RunningForge;
  readonly admin: RunningForge['admin'];
  readonly urls: {
    /** https://github.com, https://api.github.com, https://api.github.com/graphql: with `env()` or `fetch` only. */
    readonly html: string;
    readonly api: string;
    readonly graphql: string;
    /** http://127.0.0.1:port: proxy, and without it git under /, REST under /api/v3, GraphQL under /api/graphql. */
    readonly local: string;
  };
  readonly port: number;
  /** What was done otherwise than asked, a sentence each. */
  readonly notes: readonly string[];
  /**
   * What git, gh, curl, npm and Octokit need in their environment to see this lab as GitHub;
   * with a token, GH_TOKEN and GITHUB_TOKEN too. To be laid over the environment that is there.
   */
  env(token?: string): Record<string, string>;
  /** Fetches as a process with `env()` would: https://api.github.com is this lab. */
  readonly fetch: typeof globalThis.fetch;
  /** Every host that was asked for, how often, and whether it was let through. */
  egress(): readonly Egress[];
  /** Calls back with everything that happens; returns how to stop. */
  onReport(listener: (report: Report) => void): () => void;
  /** `on: schedule`, fired by hand; by the clock where the lab was asked to follow it. */
  readonly schedules: Schedules;
  /** Resolves when no event is left, and nothing is queued, waiting or running; rejects when the lab is closed. */
  idle(): Promise<void>;
  /** Makes a role of the lab's AWS, which it judges from then on. */
  makeAwsRole(arn: string, role: AwsRole): void;
  /** Lets jobs of another repository have the packages of one, as a package's settings do on GitHub. */
  sharePackages(owner: string, other: string, role: PackageRole): Promise<void>;
  /** Ends every process it started and frees ports and lock; said twice, it is done once. */
  close(): Promise<void>;
}

/**
 * Opens the lab that a folder holds, or an empty one, and goes on with what was unfinished.
 * @throws LAB_RUNNING when another process has it open, GIT_MISSING
 */
export async function openLab(options: LabOptions): Promise<Lab> {
  const temporary = options.folder === undefined;
  const folder = openFolder(options.folder);
  const endings: Ending[] = [];
  const end = async (): Promise<void> => {
    for (const ending of endings.splice(0).reverse()) await ending();
    if (temporary) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return await wire(options, { folder, temporary, endings, end });
  } catch (error) {
    await end();
    throw error;
  }
}

async function wire(
  options: LabOptions,
  place: { folder: string; temporary: boolean; endings: Ending[]; end: () => Promise<void> },
): Promise<Lab> {
  const { folder, temporary, endings } = place;
  const { ports } = options;
  const listeners = new Set<(report: Report) => void>();
  const report = (each: Report): void => {
    for (const listener of listeners) listener(each);
  };
  const notes: string[] = [];
  let open = false;

  // Without git nothing of it works; better said now than at the first push.
  await git(['version'], { cwd: folder });
  // First of all the forge: its lock keeps a second lab out of the folder.
  const forge = await openForge({
    folder: join(folder, 'forge'),
    clock: ports.clock,
    random: ports.random,
    urls: { html: labUrls.html, api: labUrls.api },
    ...(options.rateLimits === undefined ? {} : { rateLimits: options.rateLimits }),
    ...(options.expectedApps === undefined ? {} : { expectedApps: options.expectedApps }),
    ...(ports.fetch === undefined ? {} : { hooks: { fetch: ports.fetch, allowedHosts: options.allow ?? [] } }),
    log: (text) => {
      if (open) options.log?.(text);
      else notes.push(text);
    },
  });
  endings.push(() => forge.close());
  // What the jobs of a lab that was killed left running is nobody's.
  const mark = labMark(folder);
  mark.killAll();
  const target: { current?: DeployTarget } = {};
  const onExit = (): void => {
    target.current?.killAll();
    mark.killAll();
    if (temporary) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // Taken off after everything else has ended: whoever asks twice to end does not wait for it.
  process.once('exit', onExit);
  endings.unshift(async () => {
    if (temporary) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', onExit);
  });

  const deployTargetSecret = Buffer.from(ports.random(24)).toString('hex');
  const registryStore = new RegistryStore(join(folder, 'registry'));
  await registryStore.open();
  const registryHosts = new Set(['ghcr.io', ...(options.registryHosts ?? []).map((host) => host.toLowerCase())]);

  const aws = new AwsAccounts({
    ports,
    roles: options.awsRoles ?? new Map(),
    keys: () => jwks(forge.forge).keys as readonly JsonWebKey[],
  });
  const sigstore = createSigstoreServices({
    folder,
    clock: ports.clock,
    checkToken: (jwt) => verifyJwt(forge.forge, jwt),
  });
  const ledger = new EgressLedger();
  const network = await openNetwork({
    options,
    folder,
    labHost: labHosts({
      forge,
      registryHosts,
      registry: (host) =>
        createRegistryServer({
          forge: forge.forge,
          store: registryStore,
          url: `https://${host}`,
          deployTargetSecret,
          // GitHub's own has no such API by now (github.com/actions/attest-build-provenance, issue 71); ECR has.
          referrers: host !== 'ghcr.io',
          rights: (password) => aws.registryRights(host, password),
        }),
      packages: packagesApi(forge.forge, registryStore, forge.listener),
      deployTarget: () => target.current,
      aws,
      sigstore: sigstore.hosts,
    }),
    direct: forge.listener,
    record: (host, port, verdict) => {
      ledger.add(host, port, verdict);
      report({ kind: 'egress', at: ports.clock.now(), host, port, verdict });
    },
    endings,
  });
  const { port, environment } = network;
  notes.push(...network.notes);

  const deployTarget = createDeployTarget({
    folder: join(folder, 'deploy'),
    ports,
    mark: mark.env,
    registry: createRegistryClient({
      fetch: network.fetch,
      clock: ports.clock,
      credentials: (host) =>
        registryHosts.has(host) || ecrHost.test(host) ? { username: 'lab', password: deployTargetSecret } : undefined,
    }),
    authorize: (name, token) => environmentSecret(forge.forge, name, token),
  });
  target.current = deployTarget;
  endings.push(() => deployTarget.close());
  notes.push(...(await deployTarget.open()));

  const runner = await startLabRunner({
    options,
    folder,
    forge,
    network,
    mark,
    aws,
    hosts: ['github.com', 'api.github.com', ...registryHosts, ...sigstore.hosts.keys()],
    fetched: (host) => {
      ledger.add(host, 443, 'allowed');
      report({ kind: 'egress', at: ports.clock.now(), host, port: 443, verdict: 'allowed' });
    },
    report,
  });
  endings.push(() => runner.stop());

  open = true;
  const ended = new AbortController();
  const schedules = openSchedules(forge, ports.clock);
  if (options.schedules === true)
    schedules.follow(ended.signal).catch((error: unknown) => options.log?.(String(error)));
  let closing: Promise<void> | undefined;
  return {
    folder,
    temporary,
    forge,
    admin: forge.admin,
    urls: { ...labUrls, local: `http://127.0.0.1:${port}` },
    port,
    notes,
    env: (token) => ({ ...environment.forPeople(token), TRUNKLINE_TRUSTED_ROOT: trustedRootFile(folder) }),
    fetch: network.fetch,
    egress: () => ledger.entries(),
    onReport: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    schedules,
    makeAwsRole: (arn, role) => aws.makeRole(arn, role),
    sharePackages: async (owner, other, role) => {
      const idOf = (name: string): number =>
        forge.forge.store.repositories.by('fullName', name.toLowerCase())[0]?.id ?? 0;
      await registryStore.share(idOf(owner), idOf(other), role);
    },
    idle: () => idle(runner, forge, ports, ended.signal),
    close: () => {
      ended.abort(new TrunklineError('LAB_FAILED', 'the lab was closed while something waited for it'));
      closing ??= place.end();
      return closing;
    },
  };
}

/** What a finished job caused may be on its way to the runner still: idle is when both have nothing left. */
async function idle(
  runner: Runner,
  running: RunningForge,
  { clock }: LabOptions['ports'],
  ended: AbortSignal,
): Promise<void> {
  const { forge } = running;
  for (;;) {
    // Runs of a lab that was closed never end.
    ended.throwIfAborted();
    await runner.idle();
    await clock.sleep(5);
    await running.settled();
    const unfinished = [...forge.store.runs.values()].some((run) => run.status !== 'completed');
    if (forge.store.outbox.size === 0 && !unfinished) return;
  }
}

function openFolder(asked: string | undefined): string {
  if (asked === undefined) return realpathSync(mkdtempSync(join(tmpdir(), 'trunkline-lab-')));
  const folder = resolve(asked);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return realpathSync(folder);
}
