import { type EnvironmentsConfig, manifestFile, serviceNames } from '../config/config.ts';
import { batchEnvironment, batchPrefix } from '../delivery/batch-body.ts';
import type { BatchedBump, Batches, OpenBatch, OpenPull } from '../delivery/state.ts';
import { isDigest } from '../model/digest.ts';
import { parseSource } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';

/** So long after its last commit nobody is making a branch any more. */
const abandoned = 10 * 60_000;

interface RefNode {
  readonly id: string;
  readonly name: string;
  /** Null where the branch went while it was read. */
  readonly target: {
    readonly oid: string;
    readonly committedDate: string;
    readonly statusCheckRollup?: {
      readonly state: string;
      readonly contexts: {
        readonly nodes: readonly ({ readonly __typename: string; readonly status?: string } | null)[];
      };
    } | null;
    readonly [file: `m${number}`]: { readonly object: { readonly text?: string | null } | null } | null;
  } | null;
  readonly associatedPullRequests: {
    readonly nodes: readonly {
      readonly commits: { readonly nodes: readonly { readonly commit: { readonly message: string } }[] };
    }[];
  };
}

/** What GitHub answers to `batchFields`. */
export interface BatchesAnswer {
  readonly rebaseMergeAllowed?: boolean;
  readonly rules?: {
    readonly refUpdateRule: { readonly requiresSignatures: boolean } | null;
    readonly rules: { readonly nodes: readonly { readonly type: string }[] } | null;
  } | null;
  readonly batches?: { readonly nodes: readonly RefNode[] };
}

/** Manifests of the environments that want batches; none where no environment does. */
export function batchedManifests(config: EnvironmentsConfig): readonly string[] {
  const environments = config.environments.filter((one) => one.batch === 'when-busy');
  return [
    ...new Set(
      environments.flatMap((one) => serviceNames(config).map((service) => manifestFile(config, service, one.name))),
    ),
  ];
}

/** What a query of a repository asks beside the rest, where bumps may be batched: thirty batches, their texts and checks. */
export function batchFields(manifests: readonly string[]): string {
  if (manifests.length === 0) return '';
  const files = manifests.map(
    (path, index) => `m${index}: file(path: ${JSON.stringify(path)}) { object { ... on Blob { text } } }`,
  );
  return [
    'rebaseMergeAllowed',
    'rules: defaultBranchRef { refUpdateRule { requiresSignatures } rules(first: 100) { nodes { type } } }',
    `batches: refs(refPrefix: "refs/heads/${batchPrefix}", first: 30) { nodes { id name associatedPullRequests(states: OPEN, first: 1) { nodes { commits(first: 50) { nodes { commit { message } } } } } target { oid ... on Commit { committedDate`,
    'statusCheckRollup { state contexts(first: 100) { nodes { __typename ... on CheckRun { status } } } }',
    ...files,
    '} } } }',
  ].join('\n');
}

export function readBatches(
  { repository: answer, checksHidden }: { readonly repository: BatchesAnswer | null; readonly checksHidden?: boolean },
  manifests: readonly string[],
  pulls: readonly OpenPull[],
  now: number,
): Batches {
  const off = reasonAgainst(answer ?? {});
  const nodes = (answer?.batches?.nodes ?? []).map((node) => ({
    node,
    branch: `${batchPrefix}${node.name.replace(batchPrefix, '')}`,
  }));
  const open = nodes.flatMap(({ node, branch }): OpenBatch[] => {
    const pull = pulls.find((one) => one.branch === branch);
    const environment = batchEnvironment(branch);
    const { target } = node;
    if (pull === undefined || environment === undefined || target === null) return [];
    const files = new Map(
      manifests.flatMap((path, index) => {
        const text = target[`m${index}`]?.object?.text;
        return typeof text === 'string' ? [[path, text] as const] : [];
      }),
    );
    return [
      {
        pull: { ...pull, headOid: target.oid, refId: node.id },
        environment,
        files,
        bumps: bumpsOf(node.associatedPullRequests.nodes.flatMap((one) => one.commits.nodes)),
        // What cannot be read may have begun: such a batch takes no more.
        checks: checksHidden === true ? 'started' : checksOf(target.statusCheckRollup),
      },
    ];
  });
  const left = nodes
    .filter(({ node }) => node.associatedPullRequests.nodes.length === 0)
    .filter(({ node }) => Date.parse(node.target?.committedDate ?? '') + abandoned < now)
    .map(({ node, branch }) => ({ branch, refId: node.id }));
  return { open, left, ...(off === undefined ? {} : { off }) };
}

/** What commits bring, the last of a service: a body may have been written by a run whose commit came too late. */
function bumpsOf(commits: readonly { readonly commit: { readonly message: string } }[]): readonly BatchedBump[] {
  const bumps = commits.flatMap(({ commit }): BatchedBump[] => {
    const said = parseTrailers(commit.message);
    const [service, digest = ''] = [said.get(trailers.service), said.get(trailers.digest)];
    const source = parseSource(said.get(trailers.source) ?? '');
    return service === undefined || !isDigest(digest)
      ? []
      : [{ service, digest, ...(source === undefined ? {} : { source }) }];
  });
  return [...new Map(bumps.map((one) => [one.service, one])).values()];
}

/** A rebase makes new commits that nobody signed (docs.github.com, "About commit signature verification"). */
function reasonAgainst({ rebaseMergeAllowed, rules }: BatchesAnswer): string | undefined {
  const signed =
    rules?.refUpdateRule?.requiresSignatures === true ||
    rules?.rules?.nodes.some((one) => one.type === 'REQUIRED_SIGNATURES') === true;
  if (signed) return 'signed commits are required, which a rebase does not keep';
  return rebaseMergeAllowed === false ? 'the repository does not allow rebase merging' : undefined;
}

function checksOf(rollup: NonNullable<RefNode['target']>['statusCheckRollup']): OpenBatch['checks'] {
  if (rollup == null) return 'none';
  if (rollup.state === 'FAILURE' || rollup.state === 'ERROR') return 'red';
  const waits = ['QUEUED', 'REQUESTED', 'WAITING', 'PENDING'];
  const begun = rollup.contexts.nodes.some(
    (one) => one === null || one.__typename !== 'CheckRun' || !waits.includes(one.status ?? ''),
  );
  return begun ? 'started' : 'none';
}
