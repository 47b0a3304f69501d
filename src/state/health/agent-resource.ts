import type { Observed } from '../../delivery/health/plan-health.ts';
import { TrunklineError } from '../../errors.ts';

/** An agent's own resource, read and never written. */
export interface AgentResource {
  readonly name: string;
  readonly namespace: string;
  /** The infra repository's commit that it is about. */
  readonly revision: string;
  readonly reports: readonly Observed[];
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Revisions {
  readonly revision?: string;
  /** Of an Application with several sources, one for each. */
  readonly revisions?: readonly string[];
}

interface Resource {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly generation?: number };
  readonly spec?: { readonly sources?: readonly { readonly repoURL?: string }[]; readonly suspend?: boolean };
  readonly status?: {
    readonly sync?: Revisions & { readonly status?: string };
    readonly health?: { readonly status?: string; readonly message?: string; readonly lastTransitionTime?: string };
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly finishedAt?: string;
      readonly syncResult?: Revisions;
    };
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    /** Where what is applied comes out of an OCI artifact: the commit that it was made of. */
    readonly lastAppliedOriginRevision?: string;
  };
}

/**
 * Argo CD's Applications and Flux's Kustomizations as `kubectl get … -o json` prints them, one or a list; those that tell of no
 * commit of `repository` are left out.
 * @throws REPORT_INVALID for anything else: what cannot be read is not healthy
 */
export function readAgentResources(file: string, text: string, repository: string): readonly AgentResource[] {
  let value: (Resource & { readonly items?: readonly Resource[] }) | undefined;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    value = undefined;
  }
  const all = Array.isArray(value?.items) ? value.items : value?.kind === undefined ? [] : [value];
  const agents = all.filter((one) => one?.kind === 'Application' || one?.kind === 'Kustomization');
  if (agents.length > 0)
    return agents.flatMap((one) => (one.kind === 'Application' ? application(one, repository) : kustomization(one)));
  throw new TrunklineError('REPORT_INVALID', 'expected Applications of Argo CD or Kustomizations of Flux, found none', {
    location: { file },
    hint: 'kubectl get applications.argoproj.io -n argocd -o json, or kubectl get kustomizations.kustomize.toolkit.fluxcd.io -A -o json',
  });
}

/**
 * argo-cd.readthedocs.io, "Resource Health": Healthy is well; Degraded and Missing are not; the rest may become either. Before
 * a commit is applied, what is ill is the release before it.
 */
function application({ metadata, spec, status }: Resource, repository: string): readonly AgentResource[] {
  const { sync = {}, health, operationState: operation } = status ?? {};
  const at = (of: Revisions | undefined): string | undefined => {
    const own = spec?.sources?.findIndex(({ repoURL }) => isOf(repository, repoURL ?? '')) ?? -1;
    return own < 0 ? of?.revision : of?.revisions?.[own];
  };
  const revision = at(sync);
  if (metadata?.name === undefined || revision === undefined || !/^[0-9a-f]{40}$/.test(revision)) return [];
  const synced = sync.status === 'Synced';
  const own = at(operation?.syncResult) === revision;
  const failed = !synced && own && (operation?.phase === 'Failed' || operation?.phase === 'Error');
  const applied = synced || (own && operation?.phase === 'Succeeded');
  const ill = health?.status === 'Degraded' || health?.status === 'Missing';
  const state =
    failed || (applied && ill)
      ? 'FAILURE'
      : health?.status === 'Unknown' || sync.status === 'Unknown'
        ? 'ERROR'
        : synced && health?.status === 'Healthy'
          ? 'SUCCESS'
          : 'IN_PROGRESS';
  const said = [
    sync.status,
    health?.status,
    failed ? `sync ${operation?.phase}: ${operation?.message ?? ''}` : health?.message,
  ];
  const description = said.filter((one) => one !== undefined).join(', ');
  const since = failed ? operation?.finishedAt : health?.lastTransitionTime;
  return [resource(metadata, revision, reportsSince(state, since, description))];
}

/** Whether a URL is the repository's, by whatever protocol. */
function isOf(repository: string, url: string): boolean {
  const name = url
    .toLowerCase()
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
  return name.endsWith(`/${repository.toLowerCase()}`) || name.endsWith(`:${repository.toLowerCase()}`);
}

/** What keeps Flux from a commit, and is no illness of what it brings. */
const waiting = new Set(['DependencyNotReady', 'Progressing', 'ProgressingWithRetry']);

/**
 * fluxcd.io, "Kustomization": the condition Ready; revisions are `main@sha1:…`. What fails its health check was attempted and
 * never counts as applied.
 */
function kustomization({ metadata, spec, status }: Resource): readonly AgentResource[] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const applied = commitIn(status?.lastAppliedOriginRevision) ?? commitIn(status?.lastAppliedRevision);
  const revision = ready?.status === 'True' ? applied : (commitIn(status?.lastAttemptedRevision) ?? applied);
  if (metadata?.name === undefined || revision === undefined) return [];
  const behind = (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);
  const state =
    behind || spec?.suspend === true || ready === undefined || waiting.has(ready.reason ?? '')
      ? 'IN_PROGRESS'
      : ready.reason === 'ArtifactFailed'
        ? 'ERROR'
        : ready.status === 'True'
          ? 'SUCCESS'
          : ready.status === 'False'
            ? 'FAILURE'
            : 'IN_PROGRESS';
  const description = spec?.suspend === true ? 'suspended: nobody looks at it' : (ready?.message ?? '');
  return [resource(metadata, revision, reportsSince(state, ready?.lastTransitionTime, description))];
}

function commitIn(revision: string | undefined): string | undefined {
  return /(?:^|[:/])([0-9a-f]{40})$/.exec(revision ?? '')?.[1];
}

function resource(
  { name = '', namespace = '' }: NonNullable<Resource['metadata']>,
  revision: string,
  reports: readonly Observed[],
): AgentResource {
  return { name, namespace, revision, reports };
}

/** Before its last transition it was something else: who believes it healthy from earlier on has missed that. */
function reportsSince(state: Observed['state'], at: string | undefined, description: string): readonly Observed[] {
  const time = Date.parse(at ?? '');
  if (Number.isNaN(time))
    return [
      {
        state: state === 'SUCCESS' ? 'ERROR' : state,
        at: new Date(0).toISOString(),
        description: state === 'SUCCESS' || description === '' ? 'since when is not said' : description,
      },
    ];
  const before: Observed = { state: 'IN_PROGRESS', at: new Date(time).toISOString(), description: 'it changed' };
  const now: Observed = { state, at: new Date(time).toISOString(), description };
  return state === 'SUCCESS' ? [before, now] : [now];
}
