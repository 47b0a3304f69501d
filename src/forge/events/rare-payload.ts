import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { presentAccountById } from '../present/account.ts';
import { presentDeployment } from '../present/deployment.ts';
import { presentReviewers } from '../present/environment.ts';
import { presentJob } from '../present/job.ts';
import { presentLabel } from '../present/label.ts';
import { presentMilestone } from '../present/milestone.ts';
import { presentPull } from '../present/pull.ts';
import { presentRepository } from '../present/repository.ts';
import { presentReviewComment } from '../present/review-comment.ts';
import { presentRuleset } from '../present/ruleset.ts';
import { presentRun } from '../present/run.ts';
import type { Pull, Repository, Ruleset } from '../rows.ts';
import type { Happening } from './happening.ts';

type Json = Readonly<Record<string, unknown>>;

export type RareHappening = Extract<
  Happening,
  {
    name:
      | 'workflow_job'
      | 'pull_request_review_comment'
      | 'pull_request_review_thread'
      | 'repository_ruleset'
      | 'label'
      | 'milestone'
      | 'fork'
      | 'repository'
      | 'member'
      | 'deployment_review'
      | 'deployment_protection_rule';
  }
>;

/** Of events that workflows rarely or never listen to: what is theirs, without what every payload has. */
export function rareJson(forge: Forge, repository: Repository, what: RareHappening): Json {
  switch (what.name) {
    case 'workflow_job':
      return { action: what.action, workflow_job: presentJob(forge, what.run, what.job) };
    case 'pull_request_review_comment':
      return {
        action: what.action,
        comment: commentJson(forge, repository, what.pull, what.comment),
        pull_request: reviewedPull(forge, repository, what.pull),
        ...(what.from === undefined ? {} : { changes: { body: { from: what.from } } }),
      };
    case 'pull_request_review_thread': {
      const comments = forge.store.reviewComments.by('thread', what.thread.id);
      return {
        action: what.action,
        pull_request: reviewedPull(forge, repository, what.pull),
        thread: {
          node_id: nodeId('PullRequestReviewThread', what.thread.id),
          comments: comments.map((one) => commentJson(forge, repository, what.pull, one)),
        },
      };
    }
    case 'repository_ruleset':
      return {
        action: what.action,
        repository_ruleset: presentRuleset(forge, what.ruleset, { whole: true, bypass: true }),
        ...(what.before === undefined ? {} : { changes: rulesetChanges(what.before, what.ruleset) }),
      };
    case 'milestone':
      return {
        action: what.action,
        milestone: presentMilestone(forge, repository, what.milestone),
        ...(what.changes === undefined ? {} : { changes: what.changes }),
      };
    case 'label':
      return {
        action: what.action,
        label: presentLabel(forge, repository, what.label),
        ...(what.action === 'edited' ? { changes: {} } : {}),
      };
    case 'fork':
      return { forkee: { ...presentRepository(forge, what.fork), fork: true } };
    case 'repository':
      return { action: what.action, ...(what.changes === undefined ? {} : { changes: what.changes }) };
    case 'member':
      return {
        action: what.action,
        member: presentAccountById(forge, what.accountId),
        ...(what.action === 'edited' ? { changes: {} } : {}),
      };
    case 'deployment_review':
      return reviewJson(forge, what);
    default: {
      const url = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/actions/runs/${what.run.id}`;
      const pulls = what.run.pullRequests.flatMap(
        (number) => forge.store.pulls.by('number', `${repository.id}/${number}`)[0] ?? [],
      );
      return {
        action: what.action,
        environment: what.environment.name,
        event: what.run.event,
        deployment_callback_url: `${url}/deployment_protection_rule`,
        deployment: presentDeployment(forge, repository, what.deployment),
        pull_requests: pulls.map((pull) => presentPull(forge, repository, pull)),
      };
    }
  }
}

function commentJson(
  forge: Forge,
  repository: Repository,
  pull: Pull,
  comment: Extract<RareHappening, { name: 'pull_request_review_comment' }>['comment'],
): Json {
  // Webhooks name the lines of a comment on a whole file too, as null.
  const lines = {
    line: null,
    original_line: null,
    start_line: null,
    original_start_line: null,
    side: 'RIGHT',
    start_side: null,
  };
  return { ...lines, ...presentReviewComment(forge, repository, pull, comment) };
}

/** A pull request as events about reviews show it: without what only a single one's answer has. */
export function reviewedPull(forge: Forge, repository: Repository, pull: Pull): Json {
  return { ...presentPull(forge, repository, pull) };
}

function rulesetChanges(before: Ruleset, after: Ruleset): Json {
  return {
    ...(before.name === after.name ? {} : { name: { from: before.name } }),
    ...(before.enforcement === after.enforcement ? {} : { enforcement: { from: before.enforcement } }),
  };
}

function reviewJson(forge: Forge, what: Extract<RareHappening, { name: 'deployment_review' }>): Json {
  const { run, environment, action } = what;
  const entries = forge.store.pendingDeployments
    .by('run', run.id)
    .filter((one) => one.environmentId === environment.id);
  const jobs = entries.flatMap((entry) => {
    const job = forge.store.jobs.get(entry.jobId);
    if (job === undefined) return [];
    return [
      {
        conclusion: null,
        created_at: job.createdAt,
        environment: environment.name,
        html_url: `${forge.urls.html}/${run.repository.fullName}/actions/runs/${run.id}/job/${job.id}`,
        id: job.id,
        name: null,
        status: job.status,
        updated_at: job.createdAt,
      },
    ];
  });
  const asked = { workflow_run: presentRun(forge, run, null), since: run.createdAt };
  const reviewers = presentReviewers(forge, environment);
  if (action === 'requested')
    return {
      action,
      ...asked,
      environment: environment.name,
      requestor: presentAccountById(forge, run.triggeringActor.id),
      reviewers,
      workflow_job_run: jobs[0] ?? {},
    };
  return {
    action,
    ...asked,
    approver: presentAccountById(forge, what.approver ?? 0),
    comment: what.comment ?? '',
    reviewers,
    workflow_job_run: jobs[0] ?? {},
    workflow_job_runs: jobs,
  };
}
