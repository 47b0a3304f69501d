import { environmentRank, unknownRank } from '../../manifest/environment-rank.ts';

/** An environment of trunkline.yaml, and the one that feeds it; none where releases arrive from a branch. */
export interface OrderedEnvironment {
  readonly name: string;
  readonly from?: string;
  /** Copies of one environment in several regions share approvals by it. */
  readonly group?: string;
  readonly region?: string;
}

type Copies = ReadonlyMap<string, { readonly group: string; readonly region: string }>;

/**
 * What feeds what. `told` is in the order in which releases pass them, one after the other; what was found goes by its names:
 * `prod-eu` and `prod-us` stand beside each other, each behind its own `staging-eu` or `staging-us` where there is one.
 */
export function orderEnvironments(
  names: readonly string[],
  copies: Copies,
  told: boolean,
): readonly OrderedEnvironment[] {
  return names.map((name, index) => {
    const copy = copies.get(name);
    const from = told && copy === undefined ? names[index - 1] : before(names, index, copies);
    return { name, ...(from === undefined ? {} : { from }), ...copy };
  });
}

function before(names: readonly string[], index: number, copies: Copies): string | undefined {
  const name = names[index] ?? '';
  const rank = rankOf(name, copies);
  const earlier = names.slice(0, index).filter((one) => rankOf(one, copies) < rank);
  const [last] = earlier.slice(-1);
  // Copies take one branch side by side; of others that are first, one comes after the other.
  if (last === undefined) return copies.has(name) ? undefined : names[index - 1];
  const beside = earlier.filter((one) => rankOf(one, copies) === rankOf(last, copies));
  return beside.find((one) => placeOf(one, copies) === placeOf(name, copies)) ?? last;
}

function rankOf(name: string, copies: Copies): number {
  return environmentRank(copies.get(name)?.group ?? name);
}

/** `eu` of `prod-eu`. */
function placeOf(name: string, copies: Copies): string {
  return copies.get(name)?.region ?? name.replace(/^[^-_.]*[-_.]?/, '');
}

/** Whether names tell the order; of one alone there is none to tell. */
export function namesTellOrder(names: readonly string[], copies: Copies): boolean {
  return names.length < 2 || names.every((name) => rankOf(name, copies) < unknownRank);
}
