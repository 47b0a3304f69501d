import type { EnvironmentsConfig } from '../config/config.ts';
import type { JudgedPull } from '../delivery/policy/facts.ts';

/** A check run, or a status by its context. */
interface CheckNode {
  readonly name?: string;
  readonly conclusion?: string | null;
  readonly context?: string;
  readonly state?: string;
}

export interface HeadChecksAnswer {
  readonly statusCheckRollup?: { readonly contexts: { readonly nodes: readonly CheckNode[] } } | null;
}

/** What asks for the checks of the commit `$head`; nothing where no environment wants any. Needs the App's `checks: read`. */
export function headChecksField(config: EnvironmentsConfig): string | undefined {
  if (config.environments.every((one) => one.gates.checks.length === 0)) return undefined;
  return 'head: object(oid: $head) { ... on Commit { statusCheckRollup { contexts(first: 100) { nodes { ... on CheckRun { name conclusion } ... on StatusContext { context state } } } } } }';
}

/** A run that is not done is pending, as is a status; skipped and neutral are no success. */
export function readHeadChecks(answer: HeadChecksAnswer | null | undefined): JudgedPull['checks'] {
  return (answer?.statusCheckRollup?.contexts.nodes ?? []).map(({ name, conclusion, context, state }) => {
    const said = context === undefined ? (conclusion ?? 'PENDING') : (state ?? 'PENDING');
    return {
      name: name ?? context ?? '',
      state: said === 'SUCCESS' ? 'success' : ['PENDING', 'EXPECTED'].includes(said) ? 'pending' : 'failure',
    };
  });
}
