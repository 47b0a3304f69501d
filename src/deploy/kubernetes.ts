import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Digest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import { runProcess } from './run-process.ts';

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

/**
 * `kubectl apply -k`, and every workload's rollout. Answers why it failed; undefined where all of it rolled out. What is
 * rendered must name the pinned digest: an overlay may pin another image than the one that was promoted. A failed rollout
 * is left as it is: what goes back goes back by pull request.
 */
export async function applyKustomization(ports: KubectlPorts, what: Kustomization): Promise<string | undefined> {
  const folder = await inside(ports.cwd, what.folder);
  if (folder === undefined) return `expected the folder ${what.folder} in this checkout, found none there`;
  const end = ports.clock.now() + what.timeout;
  const run = (args: readonly string[], show: boolean): Promise<Answer> =>
    kubectl(ports, args, Math.max(1, end - ports.clock.now()), show);
  const rendered = await run(['kustomize', folder], false);
  if (rendered.code !== 0) return failure('kubectl kustomize', rendered, what);
  if (!rendered.out.includes(what.digest))
    return `expected ${what.digest} in what ${what.folder} renders, found other images`;
  const applied = await run(['apply', '-k', folder, ...inNamespace(what.namespace)], true);
  if (applied.code !== 0) return failure('kubectl apply', applied, what);
  for (const { name, namespace = what.namespace } of rolloutsIn(rendered.out)) {
    const left = Math.max(1, Math.ceil((end - ports.clock.now()) / 1000));
    // It keeps to that time itself, and says what it waits for.
    const status = ['rollout', 'status', name, `--timeout=${left}s`, ...inNamespace(namespace)];
    const rollout = await kubectl(ports, status, left * 1000 + 10_000, true);
    if (rollout.code !== 0) return failure(`the rollout of ${name}`, rollout, what);
  }
  return undefined;
}

function inNamespace(namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [] : [`--namespace=${namespace}`];
}

interface Workload {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly updateStrategy?: { readonly type?: string } } | null;
}

/** Kinds whose rollout can be waited for (kubernetes.io, "kubectl rollout status"), which those that wait for a deletion have not. */
const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Workloads with the namespace that they name themselves: `kubectl apply` prints none. */
function rolloutsIn(rendered: string): readonly { readonly name: string; readonly namespace?: string }[] {
  return parseAllDocuments(rendered).flatMap((document) => {
    const { apiVersion = '', kind = '', metadata, spec } = (document.toJS() as Workload | null) ?? {};
    const { name, namespace } = metadata ?? {};
    if (!apiVersion.startsWith('apps/') || !kinds.has(kind) || name === undefined) return [];
    if (spec?.updateStrategy?.type === 'OnDelete') return [];
    return [{ name: `${kind.toLowerCase()}.apps/${name}`, ...(namespace === undefined ? {} : { namespace }) }];
  });
}

/** Undefined for what is not there, or leads out. */
async function inside(cwd: string, folder: string): Promise<string | undefined> {
  const root = await realpath(cwd);
  const real = await realpath(resolve(cwd, folder)).catch(() => undefined);
  return real?.startsWith(root + sep) === true ? real : undefined;
}

interface Answer {
  readonly code: number | 'late';
  readonly out: string;
  readonly said: string;
}

function failure(what: string, { code, said, out }: Answer, { timeout }: Kustomization): string {
  const last = (said.trim() || out.trim()).split('\n').at(-1) ?? '';
  const how = code === 'late' ? `did not end within ${timeout / 1000} s` : `ended with exit code ${code}`;
  return `${what} ${how}${last === '' ? '' : `: ${last.slice(0, 300)}`}`;
}

/** No shell; with the cluster that the job's own kubeconfig names. */
async function kubectl(
  { env, cwd, stderr, interrupted }: KubectlPorts,
  args: readonly string[],
  timeout: number,
  show: boolean,
): Promise<Answer> {
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  const code = await runProcess('kubectl', args, {
    cwd,
    env,
    timeout,
    signal: interrupted,
    out: (chunk) => {
      out.push(chunk);
      if (show) stderr.write(chunk.toString());
    },
    err: (chunk) => {
      said.push(chunk);
      stderr.write(chunk.toString());
    },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    said.push(Buffer.from('kubectl is not on the PATH of this job'));
    return 127;
  });
  return { code, out: Buffer.concat(out).toString('utf8'), said: Buffer.concat(said).toString('utf8') };
}
