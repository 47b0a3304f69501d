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
import type { Deployed, OpenPull, State } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { type DeploymentNode, deploymentFields, readDeployed } from './deployments.ts';

export interface ReadStateOptions {
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  /** trunkline.yaml as a checkout has it: spares a request where it is what the default branch has. */
  readonly localConfig?: string | undefined;
  /** Environments whose deployment records are wanted. */
  readonly deployments?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface StateAnswer {
  readonly repository: {
    readonly id: string;
    readonly defaultBranchRef: { readonly name: string; readonly target: { readonly oid: string } } | null;
    readonly pullRequests: {
      readonly nodes: readonly {
        readonly id: string;
        readonly number: number;
        readonly url: string;
        readonly headRefName: string;
        readonly headRefOid: string;
        readonly mergeable: OpenPull['mergeable'];
        readonly isCrossRepository: boolean;
        readonly headRef: { readonly id: string } | null;
        readonly autoMergeRequest: { readonly enabledAt: string | null } | null;
      }[];
    };
    readonly deployments?: { readonly nodes: readonly DeploymentNode[] };
    readonly [file: `f${number}`]: { readonly text?: string | null } | null;
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
    const { repository } = await github.query<StateAnswer>(
      documentFor(paths.length, options.deployments),
      variablesFor(options, paths),
    );
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
    return {
      repository: options.repository,
      repositoryId: repository.id,
      defaultBranch: repository.defaultBranchRef.name,
      baseOid: repository.defaultBranchRef.target.oid,
      config,
      files,
      holds: parseHolds(files.get(holdsPath)),
      hotfixes: parseHotfixes(files.get(hotfixesPath)),
      pulls: repository.pullRequests.nodes
        .filter((pull) => pull.headRefName.startsWith(branchPrefix) && !pull.isCrossRepository)
        .map(({ headRefName, headRefOid, headRef, autoMergeRequest, isCrossRepository: _, ...pull }) => ({
          ...pull,
          ...(headRef === null ? {} : { refId: headRef.id }),
          branch: headRefName,
          headOid: headRefOid,
          armed: autoMergeRequest !== null,
        })),
      deployments: (repository.deployments?.nodes ?? []).flatMap((node): readonly Deployed[] => readDeployed(node)),
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

function documentFor(files: number, deployments: readonly string[] | undefined): string {
  const names = ['$owner: String!', '$name: String!', ...Array.from({ length: files }, (_, i) => `$e${i}: String!`)];
  if (deployments !== undefined) names.push('$environments: [String!]');
  return [
    `query State(${names.join(', ')}) {`,
    'repository(owner: $owner, name: $name) {',
    'id defaultBranchRef { name target { oid } }',
    'pullRequests(states: OPEN, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { id number url headRefName headRefOid headRef { id } mergeable isCrossRepository autoMergeRequest { enabledAt } } }',
    ...(deployments === undefined
      ? []
      : [
          `deployments(environments: $environments, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${deploymentFields} } }`,
        ]),
    ...Array.from({ length: files }, (_, i) => fileField(i)),
    '}',
    '}',
  ].join('\n');
}

export function fileField(index: number): string {
  return `f${index}: object(expression: $e${index}) { ... on Blob { text } }`;
}

function variablesFor(options: ReadStateOptions, paths: readonly string[]): Record<string, unknown> {
  const [owner = '', name = ''] = options.repository.split('/');
  return {
    owner,
    name,
    ...(options.deployments === undefined ? {} : { environments: options.deployments }),
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
