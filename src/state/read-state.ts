import {
  calendarFiles,
  configPath,
  type EnvironmentsConfig,
  holdsPath,
  hotfixesPath,
  manifestFiles,
} from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { branchPrefix } from '../delivery/change.ts';
import { parseHolds, parseHotfixes } from '../delivery/records.ts';
import type { PublishedRelease, Releases, State } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { graphqlRefusal } from '../github/graphql-refusal.ts';
import { type DeploymentPage, deploymentsField, readPages } from './deployments.ts';
import {
  askPublished,
  isGone,
  type PublishedAnswer,
  publishedQuery,
  type RecordPlace,
  readPublished,
  recordGroups,
  unreadable,
} from './published.ts';
import { type BatchesAnswer, batchedManifests, batchFields, readBatches } from './read-batches.ts';
import { type PullPage, policyOf, pullPage, readOtherPages, readPull } from './read-open-pulls.ts';
import { type HistoryAnswer, historyFields, readGraph } from './release-facts.ts';

export interface ReadStateOptions {
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  /** trunkline.yaml as a checkout has it: spares a request where it is what the default branch has. */
  readonly localConfig?: string | undefined;
  /** Environments whose deployment records are wanted, a hundred of each; `reachBack` reads older ones. */
  readonly deployments?: readonly string[] | 'every';
  /** Login of whom the GraphQL node id is wanted. */
  readonly owner?: string;
  /** Whether published releases and recent commits of the accepted repositories are wanted. */
  readonly releases?: boolean;
  /** When a repository's older records do not matter; by default once a page of a hundred ends in delivered ones. */
  readonly enough?: (page: readonly PublishedRelease[]) => boolean;
  /** Whether open issues are wanted. */
  readonly issues?: boolean;
  /** Told when the newest pull requests were opened, in milliseconds since the epoch. */
  readonly seen?: (opened: readonly number[]) => void;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface StateAnswer {
  readonly repository:
    | (BatchesAnswer & {
        readonly id: string;
        readonly defaultBranchRef: { readonly name: string; readonly target: { readonly oid: string } } | null;
        readonly pullRequests: PullPage;
        /** The newest, whatever became of them. */
        readonly opened: { readonly nodes: readonly { readonly headRefName: string; readonly createdAt: string }[] };
        readonly [deployments: `d${number}`]: DeploymentPage | null;
        readonly [file: `f${number}`]: { readonly text?: string | null } | null;
      })
    | null;
  readonly person?: { readonly id: string } | null;
  /** Not GitHub's: whether it kept the checks of batches to itself. */
  readonly checksHidden?: boolean;
  readonly tickets?: {
    readonly issues: { readonly nodes: readonly { number: number; title: string; body: string }[] };
  } | null;
}

/**
 * Reads the infra repository as it is: one query where the checkout's configuration still holds, otherwise two.
 * @throws NOT_FOUND, CONFIG_INVALID
 */
export async function readState(github: GitHub, options: ReadStateOptions): Promise<State> {
  let known = options.localConfig;
  for (let round = 0; round < 3; round++) {
    const config = known === undefined ? undefined : environmentsOf(known, options.repository);
    const paths = [
      configPath,
      ...(config === undefined ? [] : [holdsPath, hotfixesPath, ...calendarFiles(config), ...manifestFiles(config)]),
    ];
    const environments =
      options.deployments === 'every'
        ? (config?.environments.map((one) => one.name) ?? [])
        : (options.deployments ?? []);
    const groups =
      options.releases === true && config !== undefined
        ? recordGroups(github, { ...config, infra: options.repository })
        : [];
    const [home] = groups;
    const wanted = home === undefined || config === undefined ? undefined : releaseFields(config, home);
    const batched = config === undefined ? [] : batchedManifests(config);
    const answer = await ask(github, options, paths, environments, wanted, batched);
    const { repository } = answer;
    if (repository?.defaultBranchRef == null) {
      throw new TrunklineError(
        'NOT_FOUND',
        `expected the repository ${options.repository} with a default branch, found none that these credentials can see`,
      );
    }
    const texts = paths.map((_, index) => repository[`f${index}`]?.text ?? undefined);
    const [text] = texts;
    if (text === undefined) throw missingConfig(options.repository);
    if (config === undefined || text !== known) {
      known = text;
      continue;
    }
    const files = new Map(
      paths.flatMap((path, index) => (texts[index] === undefined ? [] : [[path, texts[index]] as const])),
    );
    const nodes = await readOtherPages(github, options.repository, repository.pullRequests);
    const pulls = nodes.flatMap(readPull);
    options.seen?.(
      repository.opened.nodes
        .filter((one) => one.headRefName.startsWith(branchPrefix))
        .map((one) => Date.parse(one.createdAt)),
    );
    return {
      repositoryId: repository.id,
      defaultBranch: repository.defaultBranchRef.name,
      baseOid: repository.defaultBranchRef.target.oid,
      config,
      files,
      holds: parseHolds(files.get(holdsPath)),
      hotfixes: parseHotfixes(files.get(hotfixesPath)),
      pulls,
      ...(batched.length === 0 ? {} : { batches: readBatches(answer, batched, pulls, options.now) }),
      judged: nodes
        .filter((pull) => pull.baseRefName === repository.defaultBranchRef?.name)
        .map((pull) => ({ number: pull.number, ...policyOf(pull) })),
      ...readPages(
        options.repository,
        environments.map((one, index) => [one, repository[`d${index}`]] as const),
      ),
      ...(wanted === undefined ? {} : { releases: await readReleases(github, config, options, groups, answer) }),
      ...(answer.tickets == null ? {} : { issues: answer.tickets.issues.nodes }),
      ...(answer.person == null ? {} : { owner: answer.person.id }),
      now: options.now,
    };
  }
  throw new TrunklineError(
    'CONFLICT',
    `expected ${configPath} of ${options.repository} to stand still while it is read, found it changed three times`,
  );
}

/** Texts of files at commits, in one query; what is not there is left out. Keys of the answer are `commit:path`. */
export async function readTexts(
  github: GitHub,
  repository: string,
  expressions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const [owner = '', name = ''] = repository.split('/');
  const found = new Map<string, string>();
  for (let start = 0; start < expressions.length; start += 200) {
    const some = expressions.slice(start, start + 200);
    const document = `query Texts($owner: String!, $name: String!${some.map((_, i) => `, $e${i}: String!`).join('')}) {\nrepository(owner: $owner, name: $name) {\n${some.map((_, i) => fileField(i)).join('\n')}\n}\n}`;
    const variables = Object.fromEntries(some.map((expression, i) => [`e${i}`, expression]));
    const answer = await github.query<{ repository: Record<string, { text?: string | null } | null> | null }>(
      document,
      { owner, name, ...variables },
    );
    for (const [index, expression] of some.entries()) {
      const text = answer.repository?.[`f${index}`]?.text;
      if (typeof text === 'string') found.set(expression, text);
    }
  }
  return found;
}

type ReleaseFields = ReturnType<typeof publishedQuery>;

function releaseFields(config: EnvironmentsConfig, group: readonly RecordPlace[]): ReleaseFields {
  const published = publishedQuery(group);
  return { ...published, fields: [...published.fields, ...historyFields(config, group)] };
}

/** `answer` has what the first group recorded; the others are other owners', which an App reads apart. */
async function readReleases(
  github: GitHub,
  config: EnvironmentsConfig,
  { repository, enough }: ReadStateOptions,
  groups: readonly (readonly RecordPlace[])[],
  answer: StateAnswer,
): Promise<Releases> {
  // Records are delivered in their order, but for some that are held: a page that ends in delivered ones was the last.
  const delivered = (page: readonly PublishedRelease[]): boolean => page.slice(-25).every((one) => one.delivered);
  const answers = [answer as unknown as PublishedAnswer & HistoryAnswer];
  for (const group of groups.slice(1)) answers.push(await askPublished(github, group, historyFields(config, group)));
  return {
    published: await readPublished(github, { ...config, infra: repository }, enough ?? delivered, answers),
    graph: readGraph(answers),
    unreadable: groups.flatMap((group, index) => unreadable(group, answers[index] ?? {})),
  };
}

async function ask(
  github: GitHub,
  options: ReadStateOptions,
  paths: readonly string[],
  environments: readonly string[],
  releases: ReleaseFields | undefined,
  batched: readonly string[],
): Promise<StateAnswer> {
  const parameters = [
    '$owner: String!, $name: String!',
    ...paths.map((_, index) => `$e${index}: String!`),
    ...environments.map((_, index) => `$environment${index}: String!`),
    ...(options.owner === undefined ? [] : ['$login: String!']),
    ...(releases?.parameters ?? []),
  ];
  const document = [
    `query State(${parameters.join(', ')}) {`,
    'repository(owner: $owner, name: $name) {',
    'id defaultBranchRef { name target { oid } }',
    pullPage,
    'opened: pullRequests(first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { headRefName createdAt } }',
    ...environments.map((_, index) => `d${index}: ${deploymentsField(`$environment${index}`)}`),
    ...paths.map((_, index) => fileField(index)),
    batchFields(batched),
    '}',
    // Apart from the rest, which a refusal would take along: a connection is never null.
    ...(options.issues === true
      ? [
          'tickets: repository(owner: $owner, name: $name) { issues(states: OPEN, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { number title body } } }',
        ]
      : []),
    ...(options.owner === undefined ? [] : ['person: user(login: $login) { id }']),
    ...(releases?.fields ?? []),
    '}',
  ].join('\n');
  const { data, errors } = await github.mutate<StateAnswer>(document, {
    ...variablesFor(options, paths),
    ...Object.fromEntries(environments.map((environment, index) => [`environment${index}`, environment])),
    ...(options.owner === undefined ? {} : { login: options.owner }),
    ...releases?.variables,
  });
  // Recent commits only spare requests: where they may not be read, GitHub is asked for each comparison.
  // Whoever asks may be an App, which is no user; issues are for Apps that have `issues: write`.
  // Of a batch's checks, what may not be read counts as begun.
  const faults = errors.filter(
    (one) =>
      !isGone(one) &&
      !/^(?:g\d+|person|tickets)$/.test(String(one.path?.[0])) &&
      one.path?.includes('statusCheckRollup') !== true,
  );
  if (data !== undefined && faults.length === 0)
    return { ...data, checksHidden: errors.some(({ path }) => path?.includes('statusCheckRollup') === true) };
  throw graphqlRefusal('a query', faults);
}

export function fileField(index: number): string {
  return `f${index}: object(expression: $e${index}) { ... on Blob { text } }`;
}

function variablesFor(options: ReadStateOptions, paths: readonly string[]): Record<string, unknown> {
  const [owner = '', name = ''] = options.repository.split('/');
  return {
    owner,
    name,
    ...Object.fromEntries(paths.map((path, index) => [`e${index}`, `HEAD:${path}`])),
  };
}

export function environmentsOf(text: string, repository: string): EnvironmentsConfig {
  const { environments } = parseConfig(configPath, text);
  if (environments !== undefined) return environments;
  throw new TrunklineError(
    'CONFIG_INVALID',
    `expected kind: Environments in ${configPath} of ${repository}, found only services`,
    {
      hint: 'name the infra repository with --repository owner/name',
    },
  );
}

export function missingConfig(repository: string): TrunklineError {
  return new TrunklineError(
    'NOT_FOUND',
    `expected ${configPath} at the root of ${repository}'s default branch, found none`,
  );
}
