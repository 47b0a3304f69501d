import { TrunklineError } from '../errors.ts';
import type { RunExecution } from './execute-run.ts';
import { textOf } from './job/evaluation.ts';
import type { Leaf } from './run-node.ts';

/** `runs-on` as a list of labels: a text, a list, or `{ group, labels }`. */
export function runnerLabels(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value === 'object' && value !== null) {
    return runnerLabels('labels' in value ? value.labels : []);
  }
  return value === undefined || value === null ? [] : [textOf(value)];
}

/** @throws UNSUPPORTED for a runner that is not here */
export function refuseUnsupported(execution: RunExecution, leaf: Leaf, labels: readonly string[]): void {
  const ours = new Set((execution.options.labels ?? []).map((label) => label.toLowerCase()));
  const strange = labels.filter((label) => {
    const lower = label.toLowerCase();
    return !/^ubuntu-(?:latest|slim|\d\d\.\d\d)(?:-arm)?$/.test(lower) && !ours.has(lower);
  });
  if (leaf.definition.snapshot !== undefined) {
    throw new TrunklineError('UNSUPPORTED', `\`snapshot:\` of job ${leaf.name}: images of runners are not made here`);
  }
  if (strange.length > 0 || labels.length === 0) {
    throw new TrunklineError(
      'UNSUPPORTED',
      `no runner here matches the labels ${labels.map((label) => `'${label}'`).join(', ')} of job ${leaf.name}`,
      { hint: 'jobs run on this machine as ubuntu-latest; where it may stand for that runner, give the lab --label' },
    );
  }
}
