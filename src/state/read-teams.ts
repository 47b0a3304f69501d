import { type GitHub, statusOf } from '../github/client.ts';

interface TeamNode {
  readonly members: {
    readonly nodes: readonly { readonly login: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
}

/** Teams by `t0`, `t1`, … as `teamsQuery` asks for them. */
export type TeamsAnswer = Readonly<Record<`t${number}`, TeamNode | null>>;

/** What asks for the teams of the organisation `$owner`, to be put into any query. Needs the App's `members: read`. */
export function teamsQuery(slugs: readonly string[]): {
  readonly parameters: readonly string[];
  readonly fields: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
} {
  if (slugs.length === 0) return { parameters: [], fields: [], variables: {} };
  const teams = slugs.map(
    (_, index) =>
      `t${index}: team(slug: $slug${index}) { members(first: 100) { nodes { login } pageInfo { hasNextPage } } }`,
  );
  return {
    parameters: slugs.map((_, index) => `$slug${index}: String!`),
    fields: [`organization(login: $owner) { ${teams.join(' ')} }`],
    variables: Object.fromEntries(slugs.map((slug, index) => [`slug${index}`, slug])),
  };
}

/** Members of teams, by slug; a team that does not exist has none, and neither has one of a person's account. */
export async function readTeams(
  github: GitHub,
  organization: string,
  slugs: readonly string[],
  answer: TeamsAnswer | null | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const teams = new Map<string, readonly string[]>();
  for (const [index, slug] of slugs.entries()) {
    const members = answer?.[`t${index}`]?.members;
    const some = members?.nodes.map((member) => member.login) ?? [];
    teams.set(slug, members?.pageInfo.hasNextPage === true ? await membersOf(github, organization, slug) : some);
  }
  return teams;
}

async function membersOf(github: GitHub, org: string, team_slug: string): Promise<readonly string[]> {
  const logins: string[] = [];
  try {
    for (let page = 1; page <= 30; page++) {
      const { data } = await github.request('GET /orgs/{org}/teams/{team_slug}/members', {
        org,
        team_slug,
        per_page: 100,
        page,
      });
      logins.push(...data.map((member) => member.login));
      if (data.length < 100) break;
    }
    return logins;
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}
