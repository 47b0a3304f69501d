import { spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { Digest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';

export interface Kustomization {
  /** In the checkout; applied with `-k`. */
  readonly folder: string;
  /** What must be in what is applied. */
  readonly digest: Digest;
  readonly namespace?: string;
  /** Milliseconds until every workload must have rolled out. */
  readonly timeout: number;
}

type KubectlPorts = Pick<Ports, 'clock' | 'env' | 'cwd' | 'stderr' | 'interrupted'>;

/** Kinds whose rollout can be waited for (kubernetes.io, "kubectl rollout status"). */
const workloads = /^(?:deployment|statefulset|daemonset)(?:s)?(?:\.apps)?\//;

/**
 * `kubectl apply -k`, and every workload's rollout. Answers why it failed; undefined where all of it rolled out. What is
 * rendered must name the pinned digest: an overlay may pin another image than the one that was promoted. A failed rollout
 * is left as it is: what goes back goes back by pull request.
 */
export async function applyKustomization(ports: KubectlPorts, what: Kustomization): Promise<string | undefined> {
  const folder = await inside(ports.cwd, what.folder);
  if (folder === undefined) return `expected the folder ${what.folder} in this checkout, found none there`;
  const rendered = await kubectl(ports, ['kustomize', folder], false);
  if (rendered.code !== 0) return failure('kubectl kustomize', rendered);
  if (!rendered.out.includes(what.digest))
    return `expected ${what.digest} in what ${what.folder} renders, found other images`;
  const namespace = what.namespace === undefined ? [] : [`--namespace=${what.namespace}`];
  const applied = await kubectl(ports, ['apply', '-k', folder, '--output=name', ...namespace], true);
  if (applied.code !== 0) return failure('kubectl apply', applied);
  const names = applied.out.split('\n').filter((line) => workloads.test(line));
  const end = ports.clock.now() + what.timeout;
  for (const name of names) {
    const left = Math.max(1, Math.ceil((end - ports.clock.now()) / 1000));
    const rollout = await kubectl(ports, ['rollout', 'status', name, `--timeout=${left}s`, ...namespace], true);
    if (rollout.code !== 0) return failure(`the rollout of ${name}`, rollout);
  }
  return undefined;
}

/** Undefined for what is not there, or leads out. */
async function inside(cwd: string, folder: string): Promise<string | undefined> {
  const root = await realpath(cwd);
  const real = await realpath(resolve(cwd, folder)).catch(() => undefined);
  return real?.startsWith(root + sep) === true ? real : undefined;
}

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

function failure(what: string, { code, said, out }: Answer): string {
  const last = (said.trim() || out.trim()).split('\n').at(-1) ?? '';
  return `${what} ended with exit code ${code}${last === '' ? '' : `: ${last.slice(0, 300)}`}`;
}

/** No shell; with the cluster that the job's own kubeconfig names. */
function kubectl(
  { env, cwd, stderr, interrupted }: KubectlPorts,
  args: readonly string[],
  show: boolean,
): Promise<Answer> {
  return new Promise((done, fail) => {
    const child = spawn('kubectl', args, {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: interrupted,
    });
    const out: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      if (show) stderr.write(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.push(chunk);
      stderr.write(chunk.toString());
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') done({ code: 127, out: '', said: 'kubectl is not on the PATH of this job' });
      else if (interrupted.aborted) done({ code: 130, out: '', said: 'interrupted' });
      else fail(error);
    });
    child.on('close', (code) =>
      done({ code: code ?? 1, out: Buffer.concat(out).toString('utf8'), said: Buffer.concat(said).toString('utf8') }),
    );
  });
}
