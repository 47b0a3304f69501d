import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { ApiError } from '../http.ts';
import { type NodeType, parseNodeId } from '../node-id.ts';
import { canSee, findRepository, requireAccount } from '../permissions.ts';
import { searchIssues } from '../pulls/search.ts';
import { searchRepositories, searchUsers } from '../search.ts';
import { words } from '../words.ts';
import { actorNode } from './actor.ts';
import { oidNode, refNode } from './git-objects.ts';
import { githubError } from './graphql-error.ts';
import { connection, type Fields, type GraphqlContext, type Node, node } from './node.ts';

export const queryFields: Fields = {
  viewer: (_row, _args, { identity }) => {
    const account = requireAccount(identity);
    // A bot is told its whole login here, though `author` and its like leave the suffix out.
    return node('User', { ...account, type: 'User' as const });
  },
  repository: (_row, args, { forge, identity }) => {
    const [owner, name] = [String(args['owner']), String(args['name'])];
    try {
      return node('Repository', findRepository(forge, identity, owner, name));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw githubError('NOT_FOUND', words.unresolvedName('a Repository', `${owner}/${name}`));
    }
  },
  repositoryOwner: (_row, args, { forge }) =>
    actorNode(forge, forge.store.accounts.by('login', String(args['login']).toLowerCase())[0]?.id),
  user: (_row, args, { forge }) => byLogin(forge, String(args['login']), 'User'),
  organization: (_row, args, { forge }) => byLogin(forge, String(args['login']), 'Organization'),
  node: (_row, args, context) => findNode(context, String(args['id'])),
  nodes: (_row, args, context) =>
    (Array.isArray(args['ids']) ? args['ids'] : []).map((id) => findNode(context, String(id))),
  rateLimit: (_row, _args, { identity, limits, cost }) => {
    const { limit, used, remaining, reset } = limits.state(identity, 'graphql');
    const resetAt = new Date(reset * 1000).toISOString().replace('.000Z', 'Z');
    return { limit, used, remaining, cost: cost.points, nodeCount: cost.nodes, resetAt };
  },
  search: (_row, args, { forge, identity }) => {
    if (args['type'] === 'REPOSITORY') {
      const repositories = searchRepositories(forge, identity, String(args['query']));
      const rows = repositories.map((row) => node('Repository', row));
      return connection(args, rows, { ...noCounts, repositoryCount: rows.length });
    }
    if (args['type'] === 'USER') {
      const accounts = searchUsers(forge, String(args['query'])).map((row) => node(row.type, row));
      return connection(args, accounts, { ...noCounts, userCount: accounts.length });
    }
    if (args['type'] !== 'ISSUE' && args['type'] !== 'ISSUE_ADVANCED')
      throw githubError('NOT_SERVED', `search(type: ${String(args['type'])}) is not served by the lab`);
    const found = searchIssues(forge, identity, String(args['query']));
    const nodes = found.map((row) => node('headSha' in row ? 'PullRequest' : 'Issue', row));
    return connection(args, nodes, { ...noCounts, issueCount: found.length });
  },
};

/** A search counts what it looked for; all else it found none of. */
const noCounts = { issueCount: 0, repositoryCount: 0, userCount: 0, codeCount: 0, discussionCount: 0, wikiCount: 0 };

function byLogin(forge: Forge, login: string, type: 'User' | 'Organization') {
  const account = forge.store.accounts.by('login', login.toLowerCase())[0];
  if (account?.type !== type)
    throw githubError('NOT_FOUND', words.unresolvedLogin(type === 'User' ? 'a User' : 'an Organization', login));
  return node(type, account);
}

/** What a global id stands for, if the asker may see it. */
export async function findNode(context: GraphqlContext, id: string): Promise<Node> {
  const unknown = githubError('NOT_FOUND', words.unresolvedNode('a node', id));
  const parsed = parseNodeId(id);
  if (parsed === undefined) throw unknown;
  const { forge, identity } = context;
  if (parsed.key.includes(':'))
    return (await findGitObject(forge, identity, parsed.type, parsed.key)) ?? Promise.reject(unknown);
  const row = collections(forge)[parsed.type]?.(Number(parsed.key));
  if (row === undefined || !isVisible(forge, identity, row)) throw unknown;
  return node(parsed.type, row);
}

async function findGitObject(forge: Forge, identity: Identity, type: NodeType, key: string): Promise<Node | null> {
  const colon = key.indexOf(':');
  const repository = forge.store.repositories.get(Number(key.slice(0, colon)));
  if (repository === undefined || !canSee(forge, identity, repository)) return null;
  const name = key.slice(colon + 1);
  return type === 'Ref' ? refNode(forge, repository, name) : oidNode(forge, repository, name);
}

function isVisible(forge: Forge, identity: Identity, row: object): boolean {
  const own = 'repositoryId' in row ? Number(row.repositoryId) : undefined;
  const repository = own === undefined ? ('defaultBranch' in row ? row : undefined) : forge.store.repositories.get(own);
  if (own === undefined && repository === undefined) return true;
  const found =
    repository === undefined ? undefined : forge.store.repositories.get(Number('id' in repository ? repository.id : 0));
  return found !== undefined && canSee(forge, identity, found);
}

function collections(forge: Forge): Partial<Record<NodeType, (id: number) => object | undefined>> {
  const { store } = forge;
  return {
    App: (id) => store.apps.get(id),
    Bot: (id) => store.accounts.get(id),
    User: (id) => store.accounts.get(id),
    Organization: (id) => store.accounts.get(id),
    Team: (id) => store.teams.get(id),
    Repository: (id) => store.repositories.get(id),
    PullRequest: (id) => store.pulls.get(id),
    PullRequestReview: (id) => store.reviews.get(id),
    PullRequestReviewComment: (id) => store.reviewComments.get(id),
    PullRequestReviewThread: (id) => store.reviewThreads.get(id),
    Issue: (id) => store.issues.get(id),
    IssueComment: (id) => store.comments.get(id),
    Label: (id) => store.labels.get(id),
    Milestone: (id) => store.milestones.get(id),
    CheckRun: (id) => store.checkRuns.get(id),
    CheckSuite: (id) => store.checkSuites.get(id),
    StatusContext: (id) => store.statuses.get(id),
    Deployment: (id) => store.deployments.get(id),
    DeploymentStatus: (id) => store.deploymentStatuses.get(id),
    Environment: (id) => store.environments.get(id),
    Release: (id) => store.githubReleases.get(id),
    Workflow: (id) => store.workflows.get(id),
    WorkflowRun: (id) => store.runs.get(id),
  };
}
