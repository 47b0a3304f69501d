import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { CheckRun, CheckSuite, Pull, Repository } from '../rows.ts';
import { presentApp } from './app.ts';
import { presentMinimalRepository } from './repository.ts';

type Json = components['schemas']['check-run'];

export function presentCheckRun(forge: Forge, repository: Repository, run: CheckRun): Json {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/check-runs/${run.id}`;
  const app = forge.store.apps.get(run.appId);
  const html = `${forge.urls.html}/${fullNameOf(forge, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.sha,
    external_id: run.externalId,
    url: api,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: presentConclusion(run.conclusion),
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: app === undefined ? null : presentApp(forge, app),
    pull_requests: presentPullsOf(forge, repository, run.sha),
  };
}

/** A check suite as webhooks have it; the API adds its repository. */
export function presentCheckSuite(forge: Forge, repository: Repository, suite: CheckSuite) {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/check-suites/${suite.id}`;
  const app = forge.store.apps.get(suite.appId);
  const runs = forge.store.checkRuns.by('suite', suite.id);
  const { status, conclusion } = summarize(runs);
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.branch,
    head_sha: suite.sha,
    status,
    conclusion,
    url: api,
    before: null,
    after: suite.sha,
    pull_requests: presentPullsOf(forge, repository, suite.sha),
    app: app === undefined ? null : presentApp(forge, app),
    created_at: suite.createdAt,
    updated_at: suite.createdAt,
    latest_check_runs_count: runs.length,
    check_runs_url: `${api}/check-runs`,
  };
}

/** The answer of the API. */
export function presentWholeCheckSuite(
  forge: Forge,
  repository: Repository,
  suite: CheckSuite,
  commit: components['schemas']['simple-commit'],
): components['schemas']['check-suite'] {
  return {
    ...presentCheckSuite(forge, repository, suite),
    head_commit: commit,
    repository: presentMinimalRepository(forge, repository),
  };
}

/** What a suite comes to: not completed while one run is not, then the worst conclusion. */
export function summarize(runs: readonly CheckRun[]): {
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required' | null;
} {
  if (runs.length === 0) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.status !== 'completed')) {
    return { status: runs.every((run) => run.status === 'queued') ? 'queued' : 'in_progress', conclusion: null };
  }
  const order = ['failure', 'timed_out', 'cancelled', 'action_required', 'success', 'neutral', 'skipped'] as const;
  const held = runs.map((run) => presentConclusion(run.conclusion));
  return { status: 'completed', conclusion: order.find((one) => held.includes(one)) ?? 'failure' };
}

/** Check runs know fewer conclusions than workflow runs. */
function presentConclusion(conclusion: CheckRun['conclusion']): Json['conclusion'] {
  if (conclusion === 'startup_failure') return 'failure';
  return conclusion === 'stale' ? 'neutral' : conclusion;
}

function presentPullsOf(
  forge: Forge,
  repository: Repository,
  sha: string,
): components['schemas']['pull-request-minimal'][] {
  return forge.store.pulls
    .by('headSha', `${repository.id}/${sha}`)
    .filter((pull) => pull.state === 'open' && pull.headRepositoryId === repository.id)
    .map((pull) => presentPullMinimal(forge, repository, pull));
}

export function presentPullMinimal(
  forge: Forge,
  repository: Repository,
  pull: Pull,
): components['schemas']['pull-request-minimal'] {
  const side = (id: number) => {
    const one = forge.store.repositories.get(id) ?? repository;
    return { id: one.id, url: `${forge.urls.api}/repos/${fullNameOf(forge, one)}`, name: one.name };
  };
  return {
    id: pull.id,
    number: pull.number,
    url: `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo: side(pull.headRepositoryId) },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: side(pull.repositoryId) },
  };
}
