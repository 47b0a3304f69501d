import type { Observed } from '../../delivery/health/plan-health.ts';
import { TrunklineError } from '../../errors.ts';

/** An agent's own resource, read and never written. */
export interface AgentResource {
  readonly name: string;
  /** The infra repository's commit that it has applied. */
  readonly revision: string;
  readonly reports: readonly Observed[];
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Resource {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string; readonly lastTransitionTime?: string };
    readonly conditions?: readonly Condition[];
    readonly lastAppliedRevision?: string;
  };
}

/**
 * Argo CD's Applications and Flux's Kustomizations as `kubectl get … -o json` prints them, one or a list.
 * @throws REPORT_INVALID for anything else: what cannot be read is not healthy
 */
export function readAgentResources(file: string, text: string): readonly AgentResource[] {
  let value: (Resource & { readonly items?: readonly Resource[] }) | undefined;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    value = undefined;
  }
  const all = value?.items ?? (value?.kind === undefined ? [] : [value]);
  const found = all.flatMap((one) =>
    one.kind === 'Application' ? application(one) : one.kind === 'Kustomization' ? kustomization(one) : [],
  );
  if (found.length > 0) return found;
  throw new TrunklineError('REPORT_INVALID', 'expected Applications of Argo CD or Kustomizations of Flux, found none', {
    location: { file },
    hint: 'kubectl get applications.argoproj.io -n argocd -o json, or kubectl get kustomizations.kustomize.toolkit.fluxcd.io -A -o json',
  });
}

/** argo-cd.readthedocs.io, "Resource Health": Healthy is well; Degraded and Missing are not; the rest may become either. */
function application({ metadata, status }: Resource): readonly AgentResource[] {
  const { sync, health } = status ?? {};
  if (metadata?.name === undefined || sync?.revision === undefined) return [];
  const synced = sync.status === 'Synced';
  const state =
    health?.status === 'Degraded' || health?.status === 'Missing'
      ? 'FAILURE'
      : health?.status === 'Unknown' || sync.status === 'Unknown'
        ? 'ERROR'
        : synced && health?.status === 'Healthy'
          ? 'SUCCESS'
          : 'IN_PROGRESS';
  const description = [sync.status, health?.status, health?.message].filter((one) => one !== undefined).join(', ');
  return [
    { name: metadata.name, revision: sync.revision, reports: since(state, health?.lastTransitionTime, description) },
  ];
}

/** fluxcd.io, "Kustomization": the condition Ready; its revision is `main@sha1:…`. */
function kustomization({ metadata, status }: Resource): readonly AgentResource[] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const revision = /(?:^|[:/])([0-9a-f]{40})$/.exec(status?.lastAppliedRevision ?? '')?.[1];
  if (metadata?.name === undefined || revision === undefined) return [];
  const state = ready?.status === 'True' ? 'SUCCESS' : ready?.status === 'False' ? 'FAILURE' : 'IN_PROGRESS';
  return [{ name: metadata.name, revision, reports: since(state, ready?.lastTransitionTime, ready?.message ?? '') }];
}

/** Before its last transition it was something else: who believes it healthy from earlier on has missed that. */
function since(state: Observed['state'], at: string | undefined, description: string): readonly Observed[] {
  const time = Date.parse(at ?? '');
  if (Number.isNaN(time))
    return [
      {
        state: state === 'SUCCESS' ? 'ERROR' : state,
        at: new Date(0).toISOString(),
        description: description === '' ? 'since when is not said' : description,
      },
    ];
  const before: Observed = { state: 'IN_PROGRESS', at: new Date(time).toISOString(), description: 'it changed' };
  const now: Observed = { state, at: new Date(time).toISOString(), description };
  return state === 'SUCCESS' ? [before, now] : [now];
}
