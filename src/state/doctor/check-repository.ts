import type { Accepted, EnvironmentsConfig } from '../../config/config.ts';
import { lockedSigners } from '../../config/shared-workflow.ts';
import type { GitHub } from '../../github/client.ts';
import { type Lock, lockPath, parseLock } from '../../workflow/generate/lock.ts';
import { signerFile } from '../signer-file.ts';
import { textAt } from '../text-at.ts';
import { type Finding, ok, type Read, reading, unknown, weak } from './finding.ts';

interface RepositoryFacts {
  readonly private: boolean;
  readonly allow_auto_merge?: boolean | undefined;
  readonly allow_squash_merge?: boolean | undefined;
  readonly allow_rebase_merge?: boolean | undefined;
  readonly delete_branch_on_merge?: boolean | undefined;
  readonly owner: { readonly login: string; readonly type: string };
}

/** How the infra repository merges, what its plan has, what Actions may do there. */
export async function checkRepository(
  github: GitHub,
  repository: string,
  config: EnvironmentsConfig | undefined,
): Promise<readonly Finding[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const read: Read<RepositoryFacts> = await reading(
    async () => (await github.request('GET /repos/{owner}/{repo}', { owner, repo })).data,
  );
  if ('missing' in read) {
    return [weak('reach', repository, read.missing, 'correct --repository, or let the credential see it')];
  }
  const facts = read.value;
  return [
    ok('reach', repository, 'can be read'),
    ...merging(repository, facts, config),
    await plan(github, facts),
    ...(await actions(github, owner, repo)),
    ...(await appKey(github, owner, repo)),
    ...(await applications(github, repository, config)),
  ];
}

function merging(
  repository: string,
  facts: RepositoryFacts,
  config: EnvironmentsConfig | undefined,
): readonly Finding[] {
  const setting = (id: string, value: boolean | undefined, name: string, why: string): Finding =>
    value === undefined
      ? unknown(id, repository, `whether ${name} is on: GitHub shows it only to who may write`)
      : value
        ? ok(id, repository, `${name} is on`)
        : weak(id, repository, `${name} is off: ${why}`, `Settings › General › Pull Requests: turn on ${name}`);
  const auto = config?.environments.some((one) => one.merge === 'auto') ?? true;
  return [
    ...(auto
      ? [setting('merge.auto', facts.allow_auto_merge, 'auto-merge', 'nothing merges by itself once its checks pass')]
      : []),
    setting(
      'merge.squash',
      facts.allow_squash_merge,
      'squash merging',
      'single pull requests are merged by squash, with their text as the commit’s',
    ),
    ...(config?.environments.some((one) => one.batch === 'when-busy') === true
      ? [
          setting(
            'merge.rebase',
            facts.allow_rebase_merge,
            'rebase merging',
            'a batch is merged by rebase, so that each service keeps its commit',
          ),
        ]
      : []),
    setting(
      'merge.delete-branch',
      facts.delete_branch_on_merge,
      'deleting branches of merged pull requests',
      'branches of merged bumps stay for ever',
    ),
  ];
}

/** What a private repository does not have below a plan (docs.github.com, "GitHub’s plans"). */
async function plan(github: GitHub, { private: isPrivate, owner }: RepositoryFacts): Promise<Finding> {
  if (!isPrivate)
    return ok(
      'plan',
      owner.login,
      'the repository is public: rulesets and environments have all their rules on every plan',
    );
  const mend = 'look at Settings › Billing of the owner';
  if (owner.type !== 'Organization') return unknown('plan', owner.login, 'which plan a person has is not shown', mend);
  const read = await reading(
    async () => (await github.request('GET /orgs/{org}', { org: owner.login })).data.plan?.name,
  );
  const name = 'value' in read ? read.value : undefined;
  if (name === undefined)
    return unknown('plan', owner.login, 'the plan is shown to owners of the organisation only', mend);
  if (/^enterprise|business_plus/i.test(name))
    return ok('plan', owner.login, `${name}: rulesets and reviewers of environments work in private repositories`);
  if (/^free/i.test(name))
    return weak(
      'plan',
      owner.login,
      `${name}: neither rulesets nor environments protect a private repository`,
      'GitHub Team for rulesets, Enterprise for reviewers of environments; or a public repository',
    );
  return weak(
    'plan',
    owner.login,
    `${name}: rulesets work in private repositories, required reviewers of environments do not`,
    'approve on the pull request (the policy does), or GitHub Enterprise',
  );
}

async function actions(github: GitHub, owner: string, repo: string): Promise<readonly Finding[]> {
  const read = await reading(
    async () => (await github.request('GET /repos/{owner}/{repo}/actions/permissions/workflow', { owner, repo })).data,
  );
  const subject = `${owner}/${repo}`;
  if ('missing' in read) return [unknown('actions.token', subject, `what jobs may do by default: ${read.missing}`)];
  const { default_workflow_permissions: permissions, can_approve_pull_request_reviews: approves } = read.value;
  const where = 'Settings › Actions › General › Workflow permissions';
  return [
    permissions === 'read'
      ? ok('actions.token', subject, 'jobs may only read unless they say otherwise')
      : weak(
          'actions.token',
          subject,
          'every job may write to the repository unless it says otherwise',
          `${where}: read`,
        ),
    approves
      ? weak(
          'actions.approve',
          subject,
          'a workflow may approve pull requests',
          `${where}: do not allow Actions to approve pull requests`,
        )
      : ok('actions.approve', subject, 'no workflow may approve pull requests'),
  ];
}

/** A key in a secret of the repository is there for every workflow of every branch. */
async function appKey(github: GitHub, owner: string, repo: string): Promise<readonly Finding[]> {
  const read = await reading(
    async () =>
      (await github.request('GET /repos/{owner}/{repo}/actions/secrets', { owner, repo, per_page: 100 })).data,
  );
  const subject = `${owner}/${repo}`;
  if ('missing' in read) return [unknown('app.key', subject, `where the App’s key is kept: ${read.missing}`)];
  const found = read.value.secrets.filter((one) => /TRUNKLINE_(?:APP_KEY|TOKEN)$/.test(one.name));
  return found.length === 0
    ? [ok('app.key', subject, 'no key of ours among the repository’s secrets')]
    : [
        weak(
          'app.key',
          subject,
          `${found.map((one) => one.name).join(', ')} is a secret of the repository: a workflow of any branch can read it`,
          'keep it in an environment whose deployment branches are limited to the default branch',
        ),
      ];
}

async function applications(
  github: GitHub,
  infra: string,
  config: EnvironmentsConfig | undefined,
): Promise<readonly Finding[]> {
  const lock = await sharedLock(github, infra, config?.accept ?? []);
  return Promise.all(
    (config?.accept ?? []).map(async (accepted): Promise<readonly Finding[]> => {
      const { repository } = accepted;
      const [owner = '', repo = ''] = repository.split('/');
      const read = await reading(() =>
        github.request('GET /repos/{owner}/{repo}/commits', { owner, repo, per_page: 1 }),
      );
      const reach =
        'value' in read
          ? ok('reach', repository, 'can be read')
          : weak(
              'reach',
              repository,
              `the newest release cannot be told by ancestry, nor commits be listed: ${read.missing}`,
              `give the credential contents: read on ${repository}, or install the App there`,
            );
      return [reach, signing(accepted), ...(await signer(github, accepted, lock))];
    }),
  ).then((all) => all.flat());
}

/** Which version of a shared workflow signs; read where some signer is one whose versions stand there. */
async function sharedLock(github: GitHub, infra: string, accept: readonly Accepted[]): Promise<Pick<Lock, 'actions'>> {
  return lockedSigners(accept).length > 0 ? parseLock(await textAt(github, infra, lockPath)) : { actions: {} };
}

/** A workflow signs under its file's name: one that was renamed signs what nobody takes any more. */
async function signer(github: GitHub, accepted: Accepted, lock: Pick<Lock, 'actions'>): Promise<readonly Finding[]> {
  const file = signerFile(accepted, lock);
  if (file === undefined) return [];
  const { repository, path, ref } = file;
  const where = ref === undefined ? path : `${path} at ${ref}`;
  const [owner = '', repo = ''] = repository.split('/');
  // A repository that may not be read answers as one that has no such file.
  const read = await reading(async () => {
    await github.request('GET /repos/{owner}/{repo}', { owner, repo });
    return { text: await textAt(github, repository, path, ref) };
  });
  if ('missing' in read) return [unknown('signer', repository, `whether ${where} is there: ${read.missing}`)];
  return read.value.text === undefined
    ? [
        weak(
          'signer',
          repository,
          `${where} must sign, and there is no such file: what it was renamed to signs under another name`,
          `accept: ${accepted.repository}: signer: …, and the cluster’s policies, in one step with the workflow; then publish once more`,
        ),
      ]
    : [ok('signer', repository, `${where} is there`)];
}

export function signing({ repository, signer, verify }: Accepted): Finding {
  if (signer === undefined)
    return weak(
      'signing',
      repository,
      'nothing says which workflow signs: whoever can write to the repository can propose any digest',
      `accept: ${repository}: { signer: .github/workflows/publish.yml, verify: [provenance] }`,
    );
  if (verify.length === 0)
    return weak(
      'signing',
      repository,
      `${signer} may sign, and nobody looks: whoever can write to the repository can propose any digest`,
      `accept: ${repository}: verify: [provenance]`,
    );
  return ok('signing', repository, `${verify.join(', ')} signed by ${signer}`);
}
