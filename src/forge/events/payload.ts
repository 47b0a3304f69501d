import type { Forge } from '../forge.ts';
import { zeroSha } from '../git/refs.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { presentAccount, presentAccountById } from '../present/account.ts';
import { presentCheckRun, presentCheckSuite } from '../present/check-run.ts';
import { presentComment } from '../present/comment.ts';
import { presentDeployment, presentDeploymentStatus } from '../present/deployment.ts';
import { presentIssue } from '../present/issue.ts';
import { presentLabel } from '../present/label.ts';
import { presentMilestone } from '../present/milestone.ts';
import { presentFullPull } from '../present/pull.ts';
import { presentRepository } from '../present/repository.ts';
import { presentReview } from '../present/review.ts';
import { presentRun } from '../present/run.ts';
import { presentTeam } from '../present/team.ts';
import { presentWorkflow } from '../present/workflow.ts';
import type { Milestone, Pull, Repository } from '../rows.ts';
import type { Happening } from './happening.ts';
import { rareJson, reviewedPull } from './rare-payload.ts';

type Json = Readonly<Record<string, unknown>>;

/** `github.event`: the webhook's payload, but for what only git knows (see complete-event.ts). */
export function payloadOf(forge: Forge, repository: Repository, identity: Identity, what: Happening): Json {
  const owner = forge.store.accounts.get(repository.ownerId);
  return {
    ...particulars(forge, repository, identity, what),
    repository: presentRepository(forge, repository),
    ...(owner?.type === 'Organization' ? { organization: organizationJson(forge, owner.login, owner.id) } : {}),
    sender: presentAccount(forge, identity.account),
    ...(identity.installation === undefined
      ? {}
      : {
          installation: {
            id: identity.installation.id,
            node_id: nodeId('Installation', identity.installation.id),
          },
        }),
  };
}

function particulars(forge: Forge, repository: Repository, identity: Identity, what: Happening): Json {
  switch (what.name) {
    case 'push':
      return pushJson(forge, repository, identity, what.ref, what.before, what.after);
    case 'create':
    case 'delete':
      return {
        ref: what.ref.replace(/^refs\/(heads|tags)\//, ''),
        ref_type: what.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
        ...(what.name === 'create'
          ? { master_branch: repository.defaultBranch, description: repository.description }
          : {}),
        pusher_type: 'user',
      };
    case 'pull_request':
      return {
        action: what.action,
        number: what.pull.number,
        pull_request: pullJson(forge, repository, what.pull),
        ...(what.before === undefined ? {} : { before: what.before }),
        ...(what.after === undefined ? {} : { after: what.after }),
        ...(what.changes === undefined ? {} : { changes: what.changes }),
        ...labelJson(forge, repository, what.label),
        ...(what.accountId === undefined
          ? {}
          : { [accountKey(what.action)]: presentAccountById(forge, what.accountId) }),
        ...(what.teamId === undefined ? {} : teamJson(forge, what.teamId)),
        ...milestoneJson(forge, repository, what.milestone),
      };
    case 'pull_request_review':
      return {
        action: what.action,
        // Webhooks spell a review's state in lower case, the REST API in upper case.
        review: {
          ...presentReview(forge, repository, what.pull, what.review),
          state: what.review.state.toLowerCase(),
          submitted_at: what.review.submittedAt,
        },
        pull_request: reviewedPull(forge, repository, what.pull),
        ...(what.changes === undefined ? {} : { changes: what.changes }),
      };
    case 'issue_comment':
      return {
        action: what.action,
        issue: presentIssue(forge, repository, what.issue),
        comment: presentComment(forge, repository, what.comment),
        ...(what.changes === undefined ? {} : { changes: what.changes }),
      };
    case 'issues':
      return {
        action: what.action,
        issue: presentIssue(forge, repository, what.issue),
        ...(what.changes === undefined ? {} : { changes: what.changes }),
        ...labelJson(forge, repository, what.label),
        ...(what.accountId === undefined ? {} : { assignee: presentAccountById(forge, what.accountId) }),
        ...milestoneJson(forge, repository, what.milestone),
      };
    case 'release':
      return { action: what.action, release: what.release };
    case 'workflow_dispatch':
      return { inputs: what.inputs, ref: what.ref, workflow: what.workflow };
    case 'repository_dispatch':
      return { action: what.eventType, branch: repository.defaultBranch, client_payload: what.clientPayload };
    case 'workflow_run': {
      const workflow = forge.store.workflows.get(what.run.workflowId);
      return {
        action: what.action,
        workflow_run: presentRun(forge, what.run, null),
        workflow: workflow === undefined ? null : presentWorkflow(forge, repository, workflow),
      };
    }
    case 'check_run':
      return { action: what.action, check_run: presentCheckRun(forge, repository, what.checkRun) };
    case 'check_suite':
      return { action: what.action, check_suite: suiteJson(forge, repository, what.checkSuite) };
    case 'status':
      return {
        id: what.status.id,
        sha: what.status.sha,
        name: fullNameOf(forge, repository),
        context: what.status.context,
        state: what.status.state,
        description: what.status.description,
        target_url: what.status.targetUrl,
        created_at: what.status.createdAt,
        updated_at: what.status.createdAt,
        branches: [],
      };
    case 'deployment':
      return {
        action: 'created',
        deployment: presentDeployment(forge, repository, what.deployment),
        workflow: null,
        workflow_run: null,
      };
    case 'deployment_status':
      return {
        action: 'created',
        deployment: presentDeployment(forge, repository, what.deployment),
        deployment_status: presentDeploymentStatus(forge, repository, what.deployment, what.status),
      };
    case 'schedule':
      return { schedule: what.schedule, workflow: what.workflow };
    default:
      return rareJson(forge, repository, what);
  }
}

function pushJson(
  forge: Forge,
  repository: Repository,
  identity: Identity,
  ref: string,
  before: string,
  after: string,
): Json {
  const html = `${forge.urls.html}/${fullNameOf(forge, repository)}`;
  const { account } = identity;
  const created = before === zeroSha;
  return {
    ref,
    before,
    after,
    created,
    deleted: after === zeroSha,
    forced: false,
    base_ref: null,
    compare: created
      ? `${html}/commit/${after.slice(0, 12)}`
      : `${html}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    pusher: { name: account?.login ?? 'ghost', email: account?.email ?? null },
  };
}

function pullJson(forge: Forge, repository: Repository, pull: Pull): Json {
  const facts = { mergeable: null, mergeableState: 'unknown', commits: 0, additions: 0, deletions: 0, changedFiles: 0 };
  return presentFullPull(forge, repository, pull, facts);
}

function suiteJson(
  forge: Forge,
  repository: Repository,
  suite: Extract<Happening, { name: 'check_suite' }>['checkSuite'],
): Json {
  // Its commit is git's to say (complete-event.ts).
  return { ...presentCheckSuite(forge, repository, suite), head_commit: null };
}

function labelJson(forge: Forge, repository: Repository, name: string | undefined): Json {
  if (name === undefined) return {};
  const held = forge.store.labels.by('repository', repository.id).find((one) => one.name === name);
  const label = held ?? { id: 0, repositoryId: repository.id, name, color: 'ededed', description: null };
  return { label: presentLabel(forge, repository, label) };
}

function milestoneJson(forge: Forge, repository: Repository, milestone: Milestone | undefined): Json {
  return milestone === undefined ? {} : { milestone: presentMilestone(forge, repository, milestone) };
}

function teamJson(forge: Forge, id: number): Json {
  const team = forge.store.teams.get(id);
  return team === undefined ? {} : { requested_team: presentTeam(forge, team) };
}

function accountKey(action: string): string {
  return action.startsWith('review_request') ? 'requested_reviewer' : 'assignee';
}

function organizationJson(forge: Forge, login: string, id: number): Json {
  const api = `${forge.urls.api}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId('Organization', id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${forge.urls.html}/avatars/u/${id}`,
    description: null,
  };
}
