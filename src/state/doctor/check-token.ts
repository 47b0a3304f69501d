import type { GitHub } from '../../github/client.ts';
import { type Finding, ok, reading, unknown, weak } from './finding.ts';

/** What a credential is, by what GitHub begins it with (docs.github.com, "About authentication to GitHub"). */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^ghp_/, 'classic'],
  [/^gho_/, 'oauth'],
  [/^github_pat_/, 'fine-grained'],
  [/^ghu_/, 'user of an App'],
  [/^ghs_/, 'installation'],
];

/** Reads that delivery and policy need, and the permission that each wants. */
const probes = [
  ['contents', 'GET /repos/{owner}/{repo}/commits', 'contents: read'],
  ['pull requests', 'GET /repos/{owner}/{repo}/pulls', 'pull requests: read'],
  ['deployments', 'GET /repos/{owner}/{repo}/deployments', 'deployments: read'],
  ['statuses', 'GET /repos/{owner}/{repo}/commits/{ref}/status', 'commit statuses: read'],
  ['checks', 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', 'checks: read'],
  ['environments', 'GET /repos/{owner}/{repo}/environments', 'actions: read'],
] as const;

/** Which kind of credential this is, and what it may read. Neither the token nor a part of it is ever shown. */
export async function checkToken(
  github: GitHub,
  repository: string,
  facts: { readonly job: boolean; readonly org: string; readonly teams: readonly string[] },
): Promise<readonly Finding[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const token = await github.token();
  const kind = kinds.find(([pattern]) => pattern.test(token))?.[1] ?? 'of a kind that its beginning does not tell';
  const answer = await reading(() => github.request('GET /repos/{owner}/{repo}', { owner, repo }));
  const scopes = 'value' in answer ? answer.value.headers['x-oauth-scopes'] : undefined;
  const permissions = await Promise.all(
    probes.map(async ([name, route, wanted]): Promise<Finding> => {
      const found = await reading<unknown>(() => github.request(route, { owner, repo, ref: 'HEAD', per_page: 1 }));
      if ('value' in found) return ok('token.permission', name, 'can be read');
      const refused = found.status === 403 || found.status === 404;
      return refused
        ? weak('token.permission', name, found.missing, `give the credential ${wanted} on ${repository}`)
        : unknown('token.permission', name, found.missing);
    }),
  );
  return [kindFinding(kind, github.bot, facts.job, scopes), ...permissions, ...(await teamsFinding(github, facts))];
}

function kindFinding(kind: string, app: boolean, job: boolean, scopes: string | undefined): Finding {
  const use = 'use a GitHub App: TRUNKLINE_APP_ID and TRUNKLINE_APP_KEY';
  if (app)
    return ok(
      'token.kind',
      'credential',
      'a GitHub App, whose tokens last an hour and reach only where it is installed',
    );
  if (kind === 'installation' && job)
    return weak(
      'token.kind',
      'credential',
      'a job’s own token: pull requests and pushes made with it start no workflow, so their checks never run',
      use,
    );
  if (kind === 'classic' || kind === 'oauth' || scopes !== undefined) {
    const said = scopes === undefined || scopes === '' ? '' : ` with ${scopes}`;
    return weak(
      'token.kind',
      'credential',
      `a token of a person${said}: it reaches every repository that the person does`,
      `${use}; for looking only, a fine-grained token with read permissions will do`,
    );
  }
  if (kind === 'fine-grained')
    return weak(
      'token.kind',
      'credential',
      'a fine-grained token of a person: what it does is done in the person’s name, and ends when they leave',
      `fine for looking; to deliver, ${use}`,
    );
  if (kind === 'installation') return ok('token.kind', 'credential', 'a token of an App’s installation');
  return unknown('token.kind', 'credential', `a credential ${kind}`);
}

async function teamsFinding(
  github: GitHub,
  { org, teams }: { readonly org: string; readonly teams: readonly string[] },
): Promise<readonly Finding[]> {
  const [team] = teams;
  if (team === undefined) return [];
  const found = await reading(() => github.request('GET /orgs/{org}/teams/{team_slug}', { org, team_slug: team }));
  if ('value' in found) return [ok('token.permission', 'teams', 'can be read')];
  // A team that is not there is found where approvals are looked at.
  return found.status === 403
    ? [weak('token.permission', 'teams', found.missing, `give the credential members: read in ${org}`)]
    : [];
}
