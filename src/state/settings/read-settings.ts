import type { GitHub } from '../../github/client.ts';
import type { ActualSettings, Subject } from '../../settings/actual.ts';
import { type Seen, seen, unseen } from '../../settings/seen.ts';
import type { WantedSettings } from '../../settings/wanted.ts';
import { reading } from '../doctor/finding.ts';
import { readEnvironments } from './read-environments.ts';
import { checksSeen, fieldOf, fileOf, type Overview } from './read-overviews.ts';
import { readRulesets } from './read-rulesets.ts';

export interface Reading {
  /** Rulesets that are read with every parameter; one that is to be replaced must be. */
  readonly whole: (name: string) => boolean;
  /** How subjects are made, also where no cloud is named. */
  readonly subject: boolean;
  /** What jobs may do by default, where the organisation leaves no choice. */
  readonly jobs: Readonly<Record<string, unknown>> | undefined;
  /** Whether the organisation lets nothing run from forks of private repositories: then nothing is to be protected there. */
  readonly closedForks: boolean;
}

/**
 * What is set in a repository, as far as it is wanted: nothing is asked for that no wish speaks of. At most one request
 * each for rulesets that nobody passes by, what Actions may run, what jobs may do, forks and the subject, and one for
 * each environment that exists.
 */
export async function readSettings(
  github: GitHub,
  overview: Overview,
  wanted: WantedSettings,
  { whole, jobs, closedForks, subject }: Reading,
): Promise<ActualSettings> {
  const { node } = overview;
  const repository = node.nameWithOwner;
  const get = async <T>(path: string): Promise<Seen<T>> => {
    const [owner, repo] = repository.split('/');
    const read = await reading(
      async () => (await github.request(`GET /repos/{owner}/{repo}${path}`, { owner, repo })).data as T,
    );
    return 'value' in read ? seen(read.value) : unseen(read.missing);
  };
  const rulesets = fieldOf(overview, 'rulesets');
  const environments = fieldOf(overview, 'environments');
  const skipped = unseen('was not asked for');
  type Fields = Readonly<Record<string, unknown>>;
  return {
    ...basics(overview),
    rulesets:
      'value' in rulesets ? seen(await readRulesets(github, repository, rulesets.value?.nodes ?? [], whole)) : rulesets,
    environments:
      'value' in environments && (environments.value?.totalCount ?? 0) > 100
        ? unseen('there are more than 100 of them')
        : 'value' in environments
          ? seen(await readEnvironments(github, repository, environments.value?.nodes ?? [], wanted.environments))
          : environments,
    actions: await get<Fields>('/actions/permissions'),
    workflows: jobs === undefined ? await get<Fields>('/actions/permissions/workflow') : seen(jobs),
    forkApproval: node.isPrivate
      ? skipped
      : policyOf(await get<{ approval_policy: string }>('/actions/permissions/fork-pr-contributor-approval')),
    privateForks:
      node.isPrivate && node.forkingAllowed
        ? closedForks
          ? seen(wanted.privateForks)
          : await get<Readonly<Record<string, boolean>>>('/actions/permissions/fork-pr-workflows-private-repos')
        : skipped,
    subject:
      wanted.defaultSubject === undefined && !subject
        ? skipped
        : subjectOf(await get<RestSubject>('/actions/oidc/customization/sub')),
  };
}

interface RestSubject {
  readonly use_default: boolean;
  readonly use_immutable_subject?: boolean;
  readonly sub_claim_prefix?: string;
}

function subjectOf(read: Seen<RestSubject>): Seen<Subject> {
  if ('unknown' in read) return read;
  const { use_default: useDefault, use_immutable_subject: immutable = false, sub_claim_prefix: prefix } = read.value;
  return prefix === undefined
    ? unseen('GitHub does not say how the subject begins')
    : seen({ useDefault, immutable, prefix });
}

function policyOf(read: Seen<{ readonly approval_policy: string }>): Seen<string> {
  return 'value' in read ? seen(read.value.approval_policy) : read;
}

/** What the overview alone tells. */
export function basics(
  overview: Overview,
): Pick<
  ActualSettings,
  'repository' | 'id' | 'owner' | 'private' | 'forkable' | 'branch' | 'files' | 'merging' | 'checks'
> {
  const { node } = overview;
  return {
    repository: node.nameWithOwner,
    id: node.databaseId,
    owner: {
      login: node.owner.login,
      id: node.owner.databaseId,
      organization: node.owner.__typename === 'Organization',
    },
    private: node.isPrivate,
    forkable: node.forkingAllowed,
    branch: node.defaultBranchRef?.name ?? 'main',
    files: { config: fileOf(overview, 'config'), codeowners: fileOf(overview, 'codeowners') },
    merging: seen({
      allow_auto_merge: node.autoMergeAllowed,
      allow_squash_merge: node.squashMergeAllowed,
      allow_merge_commit: node.mergeCommitAllowed,
      allow_rebase_merge: node.rebaseMergeAllowed,
      delete_branch_on_merge: node.deleteBranchOnMerge,
    }),
    checks: checksSeen(overview),
  };
}
