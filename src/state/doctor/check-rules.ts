import type { EnvironmentsConfig } from '../../config/config.ts';
import type { GitHub } from '../../github/client.ts';
import { policyContext } from '../../model/policy-context.ts';
import { everyPage } from '../find-pulls.ts';
import { type Finding, ok, reading, unknown, weak } from './finding.ts';

interface Rule {
  readonly type: string;
  readonly ruleset_id?: number | undefined;
  readonly parameters?: unknown;
}

interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly enforcement: string;
  readonly bypass_actors?:
    | readonly { readonly actor_type?: string; readonly actor_id?: number | null; readonly bypass_mode?: string }[]
    | undefined;
}

/** What the rules of the default branch protect, and who may pass them by. */
export async function checkRules(
  github: GitHub,
  repository: string,
  branch: string,
  config: EnvironmentsConfig | undefined,
): Promise<readonly Finding[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const read = await reading(() =>
    everyPage<Rule>(async (page) => {
      const { data } = await github.request('GET /repos/{owner}/{repo}/rules/branches/{branch}', {
        owner,
        repo,
        branch,
        per_page: 100,
        page,
      });
      return { data: data as readonly Rule[] };
    }),
  );
  if ('missing' in read) return [unknown('rules', branch, read.missing)];
  const rules = read.value;
  const ids = [...new Set(rules.flatMap((rule) => rule.ruleset_id ?? []))];
  const rulesets = await Promise.all(
    ids.map(async (id) => {
      const found = await reading(
        async () =>
          (await github.request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', { owner, repo, ruleset_id: id }))
            .data as Ruleset,
      );
      return 'value' in found
        ? found.value
        : { id, name: `ruleset ${id}`, enforcement: 'active', bypass_actors: undefined };
    }),
  );
  return [
    ...protection(branch, rules),
    ...(config === undefined ? [] : policyCheck(branch, rules)),
    ...rulesets.map((one) => bypass(one)),
    ...(await asleep(github, owner, repo, ids)),
  ];
}

function protection(branch: string, rules: readonly Rule[]): readonly Finding[] {
  const has = (type: string): boolean => rules.some((rule) => rule.type === type);
  const wanted = (type: string, good: string, bad: string): Finding =>
    has(type)
      ? ok(`rules.${type}`, branch, good)
      : weak(`rules.${type}`, branch, bad, `add the rule "${type}" to a ruleset of the default branch`);
  return [
    wanted('pull_request', 'changes come by pull request', 'whoever may write can push past every check and approval'),
    wanted('required_status_checks', 'checks are required', 'a pull request merges with red checks, or with none'),
    wanted('deletion', 'the branch cannot be deleted', 'whoever may write can delete the branch'),
    wanted('non_fast_forward', 'history cannot be rewritten', 'whoever may write can rewrite what was deployed'),
    ...approvals(branch, rules),
  ];
}

/** A code change after an approval is the oldest way round it. */
function approvals(branch: string, rules: readonly Rule[]): readonly Finding[] {
  const parameters = rules
    .filter((rule) => rule.type === 'pull_request')
    .map((rule) => rule.parameters as Readonly<Record<string, unknown>> | undefined);
  const asking = parameters.filter((one) => Number(one?.['required_approving_review_count'] ?? 0) > 0);
  if (asking.length === 0) return [];
  const guarded = asking.some(
    (one) => one?.['dismiss_stale_reviews_on_push'] === true || one?.['require_last_push_approval'] === true,
  );
  return [
    guarded
      ? ok('rules.stale-approvals', branch, 'an approval does not outlive a push')
      : weak(
          'rules.stale-approvals',
          branch,
          'code can change after it was approved',
          'turn on dismiss_stale_reviews_on_push or require_last_push_approval',
        ),
  ];
}

function policyCheck(branch: string, rules: readonly Rule[]): readonly Finding[] {
  const checks = rules
    .filter((rule) => rule.type === 'required_status_checks')
    .flatMap(
      (rule) =>
        (
          rule.parameters as
            | { required_status_checks?: readonly { context: string; integration_id?: number }[] }
            | undefined
        )?.required_status_checks ?? [],
    );
  const found = checks.filter((one) => one.context === policyContext);
  const id = 'rules.policy';
  if (found.length === 0)
    return [
      weak(
        id,
        branch,
        `"${policyContext}" is not required: approvals, gates and holds bind nobody`,
        `add "${policyContext}" to required_status_checks, with the delivery App’s integration_id`,
      ),
    ];
  const bound = found.find((one) => one.integration_id !== undefined && one.integration_id !== null);
  return [
    bound === undefined
      ? weak(
          id,
          branch,
          `"${policyContext}" counts whoever writes it: any token with statuses: write can forge it`,
          'name the delivery App as its source: integration_id',
        )
      : ok(id, branch, `"${policyContext}" is required, of App ${bound.integration_id}`),
  ];
}

function bypass({ name, bypass_actors: actors, enforcement }: Ruleset): Finding {
  const id = 'rules.bypass';
  if (enforcement !== 'active') return weak(id, name, `is only ${enforcement}`, 'set its enforcement to active');
  if (actors === undefined)
    return unknown(
      id,
      name,
      'who may pass by: GitHub shows it only to who may write rulesets',
      'look at it as an owner, or give the credential administration: write',
    );
  const open = actors.filter((one) => one.bypass_mode !== 'pull_request');
  const said = (some: typeof actors): string =>
    some
      .map(
        (one) =>
          `${one.actor_type ?? 'somebody'}${one.actor_id == null ? '' : ` ${one.actor_id}`} (${one.bypass_mode ?? 'always'})`,
      )
      .join(', ');
  if (open.length > 0)
    return weak(
      id,
      name,
      `${said(open)} may push past it`,
      'take the bypass away, or limit it to pull requests; every use of one that stays is an exception to be listed',
    );
  if (actors.length > 0) return ok(id, name, `${said(actors)} may pass by, on pull requests only`);
  return ok(id, name, 'nobody may pass by');
}

/** Rulesets that bind nobody, which the effective rules leave out. */
async function asleep(
  github: GitHub,
  owner: string,
  repo: string,
  active: readonly number[],
): Promise<readonly Finding[]> {
  const read = await reading(
    async () => (await github.request('GET /repos/{owner}/{repo}/rulesets', { owner, repo, per_page: 100 })).data,
  );
  if ('missing' in read) return [];
  return read.value
    .filter((one) => one.enforcement !== 'active' && !active.includes(one.id))
    .map((one) =>
      weak(
        'rules.asleep',
        one.name,
        `is ${one.enforcement === 'evaluate' ? 'only evaluated' : one.enforcement}: it binds nobody`,
        'set its enforcement to active, or delete it',
      ),
    );
}
