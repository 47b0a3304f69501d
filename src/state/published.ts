import type { EnvironmentsConfig } from '../config/config.ts';
import type { PublishedRelease } from '../delivery/state.ts';
import type { GitHub, GraphqlAnswer } from '../github/client.ts';
import { record } from '../github/event-payload.ts';
import { graphqlRefusal } from '../github/graphql-refusal.ts';
import { compareText } from '../model/compare-text.ts';
import { isDigest } from '../model/digest.ts';
import { publishedEnvironment } from '../model/github-environments.ts';
import { isTag } from '../model/release.ts';

export const publishedSchema = 1 as const;

interface RecordNode {
  readonly id: string;
  readonly databaseId: number | null;
  readonly createdAt: string;
  readonly commitOid: string;
  readonly payload: string | null;
  readonly creator: { readonly login: string } | null;
  readonly latestStatus: { readonly state: string } | null;
}

interface Page {
  readonly nodes: readonly RecordNode[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * What the accepted repositories have published, newest first, in one query for each owner; `enough` says, page by page
 * of a hundred, when a repository's older records do not matter. `known` are first pages that were read with something
 * else, in the order of `recordGroups`. A record of a service that its repository may not ship is left out, as is one that
 * does not say what it must.
 */
export async function readPublished(
  github: GitHub,
  config: Publishers,
  enough: (page: readonly PublishedRelease[]) => boolean,
  known: readonly PublishedAnswer[] = [],
): Promise<readonly PublishedRelease[]> {
  const found: PublishedRelease[] = [];
  for (const [index, group] of recordGroups(github, config).entries())
    found.push(...(await readGroup(github, config, group, enough, known[index])));
  return found.sort((a, b) => compareText(b.at, a.at) || b.record - a.record);
}

async function readGroup(
  github: GitHub,
  config: Publishers,
  group: readonly RecordPlace[],
  enough: (page: readonly PublishedRelease[]) => boolean,
  known: PublishedAnswer | undefined,
): Promise<readonly PublishedRelease[]> {
  const found: PublishedRelease[] = [];
  let open = group;
  for (let round = 0; open.length > 0 && round < 20; round++) {
    const answer = round === 0 && known !== undefined ? known : await askPublished(github, open);
    open = open.flatMap((place, index) => {
      const page = answer[`r${index}`]?.deployments;
      if (page === undefined) return [];
      const releases = page.nodes.flatMap(
        (node) =>
          (place.foreign
            ? readForeign(place.repository, node, answer.viewer?.login)
            : readRecord(place.repository, node)) ?? [],
      );
      found.push(
        ...releases.filter((one) =>
          config.accept.some(({ repository, services }) => repository === one.repository && services.has(one.service)),
        ),
      );
      return page.pageInfo.hasNextPage && !enough(releases) ? [{ ...place, after: page.pageInfo.endCursor }] : [];
    });
  }
  return found;
}

/** A page of each, with `more` fields that use the same variables. @throws GITHUB_REFUSED but for what `isGone` lets be */
export async function askPublished<T extends PublishedAnswer>(
  github: GitHub,
  group: readonly RecordPlace[],
  more: readonly string[] = [],
): Promise<T> {
  const { parameters, fields, variables } = publishedQuery(group);
  const { data, errors } = await github.mutate<T>(
    `query Published(${parameters.join(', ')}) {\n${[...fields, ...more].join('\n')}\n}`,
    variables,
    group[0] === undefined ? {} : { repository: group[0].repository },
  );
  const faults = errors.filter((one) => !isGone(one) && !/^g\d+$/.test(String(one.path?.[0])));
  if (data !== undefined && faults.length === 0) return data;
  throw graphqlRefusal('a query of published releases', faults);
}

/**
 * Whether GitHub says that one accepted repository is not there: renamed, deleted, or not the App's to see. What the others
 * published must not wait for that; `unreadable` names it.
 */
export function isGone({ type, path }: GraphqlAnswer<unknown>['errors'][number]): boolean {
  return type === 'NOT_FOUND' && path?.length === 1 && /^r\d+$/.test(String(path[0]));
}

/** Accepted repositories of a group of which an answer has nothing. */
export function unreadable(group: readonly RecordPlace[], answer: PublishedAnswer): readonly string[] {
  return group.flatMap((place, index) => (answer[`r${index}`] == null ? [place.repository] : []));
}

/** Who may have recorded releases: the accepted repositories and, for foreign senders, the infra repository. */
export interface Publishers extends Pick<EnvironmentsConfig, 'accept'> {
  /** `owner/name`, where the delivery App keeps what came in payloads. */
  readonly infra?: string;
}

export interface RecordPlace {
  readonly repository: string;
  readonly after: string | null;
  readonly foreign: boolean;
}

function recordsOf({ accept, infra }: Publishers): readonly RecordPlace[] {
  return [
    ...accept.map(({ repository }) => ({ repository, after: null, foreign: false })),
    ...(infra === undefined ? [] : [{ repository: infra, after: null, foreign: true }]),
  ];
}

/**
 * The places where records are, by what one credential reads at once: a person's reads all of them, an App has an
 * installation for each owner. The infra repository's owner comes first.
 */
export function recordGroups(
  { bot }: Pick<GitHub, 'bot'>,
  publishers: Publishers,
): readonly (readonly RecordPlace[])[] {
  const all = recordsOf(publishers);
  if (!bot) return [all];
  const ownerOf = (repository: string): string => repository.split('/')[0]?.toLowerCase() ?? '';
  const owners = [publishers.infra ?? [], ...all.map((one) => one.repository)].flat().map(ownerOf);
  return [...new Set(owners)].map((owner) => all.filter((one) => ownerOf(one.repository) === owner));
}

/** Pages of records by `r0`, `r1`, … as `publishedQuery` asks for them. */
export type PublishedAnswer = Readonly<Record<`r${number}`, { readonly deployments: Page } | null>> & {
  readonly viewer?: { readonly login: string };
};

/** What asks for a page of the records of each repository, to be put into any query. */
export function publishedQuery(repositories: readonly RecordPlace[]): {
  readonly parameters: readonly string[];
  readonly fields: readonly string[];
  readonly variables: Readonly<Record<string, string | null>>;
} {
  return {
    parameters: repositories.map(
      (_, index) => `$owner${index}: String!, $name${index}: String!, $after${index}: String`,
    ),
    fields: [
      ...(repositories.some((one) => one.foreign) ? ['viewer { login }'] : []),
      ...repositories.map(
        (_, index) =>
          `r${index}: repository(owner: $owner${index}, name: $name${index}) { deployments(environments: ["${publishedEnvironment}"], first: 100, after: $after${index}, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { id databaseId createdAt commitOid payload creator { login } latestStatus { state } } pageInfo { hasNextPage endCursor } } }`,
      ),
    ],
    variables: Object.fromEntries(
      repositories.flatMap(({ repository, after }, index) => {
        const [owner = '', name = ''] = repository.split('/');
        return [
          [`owner${index}`, owner],
          [`name${index}`, name],
          [`after${index}`, after],
        ];
      }),
    ),
  };
}

function readRecord(repository: string, node: RecordNode): PublishedRelease | undefined {
  const payload = readPayload(node.payload);
  const { service, digest, image, tag, ref, run, migration } = payload;
  if (typeof service !== 'string' || typeof digest !== 'string' || !isDigest(digest) || node.databaseId === null)
    return undefined;
  return {
    record: node.databaseId,
    recordId: node.id,
    repository,
    service,
    digest,
    // The deployment's own commit: what the payload claims is only text.
    source: { repository, commit: node.commitOid },
    ...(typeof image === 'string' ? { image } : {}),
    ...(typeof tag === 'string' && isTag(tag) ? { tag } : {}),
    ...(typeof ref === 'string' ? { ref } : {}),
    ...(typeof run === 'string' ? { run } : {}),
    ...(migration === 'incompatible' ? { incompatible: true } : {}),
    delivered: ['SUCCESS', 'INACTIVE'].includes(node.latestStatus?.state ?? ''),
    at: node.createdAt,
  };
}

/**
 * A release that came in a payload, as the delivery App recorded it in the infra repository. Whatever anybody else
 * recorded there counts for nothing.
 */
function readForeign(infra: string, node: RecordNode, viewer: string | undefined): PublishedRelease | undefined {
  const plain = (login: string | undefined): string | undefined => login?.replace(/\[bot\]$/, '');
  if (viewer === undefined || plain(node.creator?.login) !== plain(viewer)) return undefined;
  const { repository, commit } = readPayload(node.payload);
  const release = readRecord(infra, node);
  if (release === undefined || typeof repository !== 'string' || typeof commit !== 'string') return undefined;
  return { ...release, repository, recordedIn: infra, source: { repository, commit } };
}

/** GraphQL answers a payload as text, one that was given as text even as JSON text of it. */
export function readPayload(payload: unknown): Readonly<Record<string, unknown>> {
  let value = payload;
  for (let depth = 0; depth < 2 && typeof value === 'string'; depth++) {
    try {
      value = JSON.parse(value);
    } catch {
      return {};
    }
  }
  return record(value);
}
