import { zeroSha } from '../git/refs.ts';
import { isSigned } from '../git/signed-commits.ts';
import { words } from '../words.ts';
import { isAncestor, newCommits } from './history.ts';
import type { Finding, Judge } from './judge.ts';
import { requiredStatusChecks } from './judge-checks.ts';
import {
  fileExtensionRestriction,
  filePathRestriction,
  maxFilePathLength,
  maxFileSize,
  pattern,
} from './judge-patterns.ts';
import { pullRequest } from './judge-pull-request.ts';
import { requiredWorkflows } from './judge-workflows.ts';

const one = (message: string): readonly Finding[] => [{ kind: 'ref', message }];

const creation: Judge = ({ question }) => (question.before === zeroSha ? one(words.creation()) : []);

const deletion: Judge = ({ question }) => (question.after === zeroSha ? one(words.deletion()) : []);

const update: Judge = ({ question, parameters }) => {
  if (question.before === zeroSha || question.after === zeroSha) return [];
  const fetches = question.fetchAndMerge === true && parameters['update_allows_fetch_and_merge'] === true;
  return fetches ? [] : one(words.update());
};

const nonFastForward: Judge = async ({ question, history }) => {
  const { before, after, via } = question;
  if (via === 'merge' || before === zeroSha || after === zeroSha) return [];
  return (await isAncestor(history, before, after)) ? [] : one(words.nonFastForward());
};

const linearHistory: Judge = async ({ question, history }) => {
  const { after, via, method, repository, pull } = question;
  if (after === zeroSha) return [];
  const onlyAsked = via === 'merge' && (method !== undefined || after === pull?.headSha);
  if (onlyAsked) {
    const onlyMerges = !repository.allowSquashMerge && !repository.allowRebaseMerge;
    const refused = method === 'merge' || (method === undefined && onlyMerges);
    return refused ? [{ kind: 'method', message: words.linearMethod() }] : [];
  }
  const merges = await newCommits(history, question, ['--merges']);
  return merges.length === 0 ? [] : [{ kind: 'content', message: words.linear(merges) }];
};

/** Nobody's keys are known here, so what git clients sign is not verified; what the forge itself made is. */
const signatures: Judge = async ({ forge, question, history }) => {
  const { after, via, method } = question;
  if (after === zeroSha) return [];
  if (via === 'merge' && method === 'rebase') return [{ kind: 'method', message: words.signedRebase() }];
  if (via === 'merge' && method !== 'merge') return [];
  const filter = via === 'merge' ? ['--no-merges'] : [];
  const commits = (await newCommits(history, question, filter)).filter((sha) => !isSigned(forge, sha));
  return commits.length === 0 ? [] : [{ kind: 'content', message: words.signatures(commits) }];
};

const deployments: Judge = ({ forge, question, parameters }) => {
  const { repository, after, via, pull } = question;
  if (after === zeroSha) return [];
  const sha = via === 'merge' && pull !== undefined ? pull.headSha : after;
  const wanted = parameters['required_deployment_environments'];
  const active = (environment: unknown): boolean =>
    forge.store.deployments
      .by('repository', repository.id)
      .filter((one) => one.sha === sha && one.environment === environment)
      .some((one) => forge.store.deploymentStatuses.by('deployment', one.id).at(-1)?.state === 'success');
  return (Array.isArray(wanted) ? wanted : [])
    .filter((environment) => !active(environment))
    .map((environment) => ({ kind: 'deployment', message: words.deployment(String(environment)) }));
};

/** Every rule type that a ruleset may have here; others are refused when the ruleset is made. */
export const judges: Readonly<Record<string, Judge>> = {
  creation,
  update,
  deletion,
  non_fast_forward: nonFastForward,
  required_linear_history: linearHistory,
  required_signatures: signatures,
  required_deployments: deployments,
  pull_request: pullRequest,
  required_status_checks: requiredStatusChecks,
  commit_message_pattern: pattern('Commit message', '%B'),
  commit_author_email_pattern: pattern('Commit author email', '%ae'),
  committer_email_pattern: pattern('Committer email', '%ce'),
  branch_name_pattern: pattern('Branch name', 'refs/heads/'),
  tag_name_pattern: pattern('Tag name', 'refs/tags/'),
  workflows: requiredWorkflows,
  file_path_restriction: filePathRestriction,
  file_extension_restriction: fileExtensionRestriction,
  max_file_path_length: maxFilePathLength,
  max_file_size: maxFileSize,
};
