import type { EnvironmentsConfig } from '../config/config.ts';
import type { PublishedRelease } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import { record } from '../github/event-payload.ts';
import { compareText } from '../model/compare-text.ts';
import { isDigest } from '../model/digest.ts';
import { isTag } from '../model/release.ts';

/** The environment of an application repository under which releases are recorded. */
export const publishedEnvironment = 'published';
export const publishedSchema = 1 as const;

interface RecordNode {
  readonly id: string;
  readonly databaseId: number | null;
  readonly createdAt: string;
  readonly commitOid: string;
  readonly payload: string | null;
  readonly latestStatus: { readonly state: string } | null;
}

interface Page {
  readonly nodes: readonly RecordNode[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * What the accepted repositories have published, newest first, all of them in one query; `enough` says, page by page
 * of a hundred, when a repository's older records do not matter. A record of a service that its repository may not
 * ship is left out, as is one that does not say what it must.
 */
export async function readPublished(
  github: GitHub,
  config: Pick<EnvironmentsConfig, 'accept'>,
  enough: (page: readonly PublishedRelease[]) => boolean,
  known?: PublishedAnswer,
): Promise<readonly PublishedRelease[]> {
  const found: PublishedRelease[] = [];
  let open = config.accept.map(({ repository }) => ({ repository, after: null as string | null }));
  for (let round = 0; open.length > 0 && round < 20; round++) {
    const { parameters, fields, variables } = publishedQuery(open);
    const answer =
      round === 0 && known !== undefined
        ? known
        : await github.query<PublishedAnswer>(
            `query Published(${parameters.join(', ')}) {\n${fields.join('\n')}\n}`,
            variables,
          );
    open = open.flatMap(({ repository }, index) => {
      const page = answer[`r${index}`]?.deployments;
      if (page === undefined) return [];
      const releases = page.nodes.flatMap((node) => readRecord(repository, node) ?? []);
      found.push(
        ...releases.filter((one) =>
          config.accept.some((accepted) => accepted.repository === repository && accepted.services.has(one.service)),
        ),
      );
      return page.pageInfo.hasNextPage && !enough(releases) ? [{ repository, after: page.pageInfo.endCursor }] : [];
    });
  }
  return found.sort((a, b) => compareText(b.at, a.at) || b.record - a.record);
}

/** Pages of records by `r0`, `r1`, … as `publishedQuery` asks for them. */
export type PublishedAnswer = Readonly<Record<`r${number}`, { readonly deployments: Page } | null>>;

/** What asks for a page of the records of each repository, to be put into any query. */
export function publishedQuery(
  repositories: readonly { readonly repository: string; readonly after?: string | null }[],
): {
  readonly parameters: readonly string[];
  readonly fields: readonly string[];
  readonly variables: Readonly<Record<string, string | null>>;
} {
  return {
    parameters: repositories.map(
      (_, index) => `$owner${index}: String!, $name${index}: String!, $after${index}: String`,
    ),
    fields: repositories.map(
      (_, index) =>
        `r${index}: repository(owner: $owner${index}, name: $name${index}) { deployments(environments: ["${publishedEnvironment}"], first: 100, after: $after${index}, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { id databaseId createdAt commitOid payload latestStatus { state } } pageInfo { hasNextPage endCursor } } }`,
    ),
    variables: Object.fromEntries(
      repositories.flatMap(({ repository, after = null }, index) => {
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
