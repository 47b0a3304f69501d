import type { GitHub } from '../../github/client.ts';
import type { Directory, Names, Team } from '../../settings/names.ts';
import { reading } from '../doctor/finding.ts';
import { readTeams } from '../read-teams.ts';

interface TeamNode {
  readonly databaseId: number;
  readonly members: {
    readonly nodes: readonly { readonly login: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
}

/** Numbers and members of teams, in one query, and numbers of Apps. What is not there is left out. */
export async function readDirectory(github: GitHub, organization: string, names: Names): Promise<Directory> {
  const apps = new Map<string, number>();
  for (const name of names.apps) {
    const id = /^\d+$/.test(name) ? Number(name) : await appId(github, name);
    if (id !== undefined) apps.set(name, id);
  }
  if (names.teams.length === 0) return { teams: new Map(), apps };
  const declared = names.teams.map((_, index) => `$slug${index}: String!`);
  const asked = names.teams.map(
    (_, index) =>
      `t${index}: team(slug: $slug${index}) { databaseId members(first: 100) { nodes { login } pageInfo { hasNextPage } } }`,
  );
  const { data, errors } = await github.mutate<{ organization: Record<string, TeamNode | null> | null }>(
    `query Directory($owner: String!, ${declared.join(', ')}) { organization(login: $owner) { ${asked.join(' ')} } }`,
    { owner: organization, ...Object.fromEntries(names.teams.map((slug, index) => [`slug${index}`, slug])) },
  );
  const found = data?.organization ?? {};
  const members = await readTeams(github, organization, names.teams, found);
  const teams = names.teams.flatMap((slug, index): readonly (readonly [string, Team])[] => {
    const team = found[`t${index}`];
    return team === null || team === undefined
      ? []
      : [[slug, { id: team.databaseId, members: members.get(slug) ?? [] }]];
  });
  const refusal = errors.find((one) => one.type === 'FORBIDDEN');
  return { teams: new Map(teams), apps, ...(refusal === undefined ? {} : { hidden: refusal.message }) };
}

async function appId(github: GitHub, app_slug: string): Promise<number | undefined> {
  const read = await reading(async () => (await github.request('GET /apps/{app_slug}', { app_slug })).data?.id);
  return 'value' in read ? read.value : undefined;
}

/** The name of the owner's plan, where the token may see it. */
export async function readPlan(github: GitHub, owner: string): Promise<string | undefined> {
  const read = await reading(async () => (await github.request('GET /orgs/{org}', { org: owner })).data.plan?.name);
  return 'value' in read ? read.value : undefined;
}

/**
 * Whether the organisation lets no pull request from a fork of a private repository run anything: what it has turned off
 * none of its repositories can turn on (docs.github.com, "Enabling workflows for forks of private repositories").
 */
export async function readClosedForks(github: GitHub, org: string): Promise<boolean> {
  const read = await reading(
    async () =>
      (await github.request('GET /orgs/{org}/actions/permissions/fork-pr-workflows-private-repos', { org })).data,
  );
  return 'value' in read && !read.value.run_workflows_from_fork_pull_requests;
}

/**
 * What jobs of every repository may do by default, where the organisation says the strictest: its repositories may only
 * be stricter, and need not be asked one by one (docs.github.com, "Setting the permissions of the GITHUB_TOKEN for your
 * organization").
 */
export async function readStrictDefaults(
  github: GitHub,
  org: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const read = await reading(
    async () => (await github.request('GET /orgs/{org}/actions/permissions/workflow', { org })).data,
  );
  if (!('value' in read)) return undefined;
  const { default_workflow_permissions, can_approve_pull_request_reviews } = read.value;
  if (default_workflow_permissions !== 'read' || can_approve_pull_request_reviews) return undefined;
  return { default_workflow_permissions, can_approve_pull_request_reviews };
}
