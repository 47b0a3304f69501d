import type { GitHub, GraphqlAnswer } from '../../github/client.ts';
import type { SeenCheck } from '../../settings/actual.ts';
import { type Seen, seen, unseen } from '../../settings/seen.ts';
import { chunks } from '../chunks.ts';
import { type OverviewNode, overviewQuery } from './overview-query.ts';

/** What one query tells of a repository, before anything is asked of it alone. */
export interface Overview {
  readonly node: OverviewNode;
  /** Why a field of the answer is null, where it is for want of a permission. */
  readonly missing: ReadonlyMap<string, string>;
}

/** So many repositories are asked for in one query: far below GitHub's limits of nodes and of time. */
const together = 20;

/** Overviews by `owner/name`; of a repository that the token cannot see, why. */
export async function readOverviews(
  github: GitHub,
  repositories: readonly string[],
): Promise<ReadonlyMap<string, Seen<Overview>>> {
  const all = new Map<string, Seen<Overview>>();
  for (const some of chunks(repositories, together))
    for (const [name, overview] of await ask(github, some, new Map())) all.set(name, overview);
  return all;
}

type Answered = readonly (readonly [string, Seen<Overview>])[];

/** `refused`: fields that are not asked for any more, and why. */
async function ask(
  github: GitHub,
  repositories: readonly string[],
  refused: ReadonlyMap<string, string>,
): Promise<Answered> {
  const { document, variables } = overviewQuery(repositories, new Set(refused.keys()));
  const { data = {}, errors } = await github.mutate<Record<string, OverviewNode | null>>(document, variables);
  const again = new Map<string, string>();
  const answered = repositories.flatMap((name, index): Answered => {
    const own = errors.filter((one) => one.path === undefined || one.path[0] === `r${index}`);
    const node = data[`r${index}`] ?? undefined;
    if (node !== undefined)
      return [[name, seen({ node, missing: new Map([...refused, ...own.map((one) => fieldAnd(one))]) })]];
    const fields = own.map((one) => fieldAnd(one)).filter(([field]) => parts.has(field) && !refused.has(field));
    for (const [field, why] of fields) again.set(field, why);
    return fields.length > 0 ? [] : [[name, unseen(own[0]?.message ?? `${name} cannot be read`)]];
  });
  const left = repositories.filter((name) => answered.every(([one]) => one !== name));
  if (left.length === 0) return answered;
  return [...answered, ...(await ask(github, left, new Map([...refused, ...again])))];
}

/** What can be left out of the query. */
const parts = new Set(['environments', 'pullRequests']);

function fieldAnd(error: GraphqlAnswer<unknown>['errors'][number]): readonly [string, string] {
  return [String(error.path?.[1] ?? ''), error.message];
}

/** A field of an overview, or why it is not there. Part of it missing is all of it unknown. */
export function fieldOf<Key extends keyof OverviewNode>(
  { node, missing }: Overview,
  key: Key,
): Seen<OverviewNode[Key]> {
  const why = missing.get(key);
  return why === undefined ? seen(node[key]) : unseen(why);
}

export function fileOf(overview: Overview, key: 'config' | 'codeowners'): Seen<string | null> {
  const found = fieldOf(overview, key);
  return 'value' in found ? seen(found.value?.text ?? null) : found;
}

/** Checks that the last pull requests or the default branch got: what is not among them nobody has seen. */
export function checksSeen(overview: Overview): Seen<readonly SeenCheck[]> {
  const pulls = fieldOf(overview, 'pullRequests');
  const branch = fieldOf(overview, 'defaultBranchRef');
  if ('unknown' in pulls) return pulls;
  if ('unknown' in branch) return branch;
  const rollups = [
    branch.value?.target?.statusCheckRollup,
    ...(pulls.value?.nodes ?? []).flatMap((pull) => pull?.commits.nodes.map((one) => one?.commit?.statusCheckRollup)),
  ];
  const checks = rollups.flatMap((rollup) =>
    (rollup?.contexts.nodes ?? []).flatMap((one): readonly SeenCheck[] => {
      if (one === null) return [];
      const app = one.checkSuite?.app?.databaseId;
      return [{ context: one.name ?? one.context ?? '', ...(app === undefined ? {} : { app }) }];
    }),
  );
  return seen([...new Map(checks.map((one) => [`${one.app} ${one.context}`, one])).values()]);
}
