import { expect, test } from 'vitest';
import type { ActualRuleset, ActualSettings } from './actual.ts';
import { hardened, merging } from './hardened.ts';
import { planSettings } from './plan-settings.ts';
import { mainRuleset } from './rulesets.ts';
import { seen, unseen } from './seen.ts';
import type { WantedRuleset, WantedSettings } from './wanted.ts';

const reviewing = { approvals: 1, codeOwners: false, methods: ['squash'] } as const;
const check = (context: string) => ({ context, integration_id: 15368 });

function wish(change: Partial<WantedSettings> = {}): WantedSettings {
  return {
    ...hardened,
    merging: merging(false),
    rulesets: [],
    environments: [],
    defaultSubject: undefined,
    codeowners: undefined,
    ...change,
  };
}

/** A repository that is as `wish()` wants it. */
function repository(change: Partial<ActualSettings> = {}): ActualSettings {
  return {
    repository: 'acme/app',
    id: 1,
    owner: { login: 'acme', id: 2, organization: true },
    private: false,
    forkable: true,
    branch: 'main',
    files: { config: seen(''), codeowners: seen(null) },
    rulesets: seen([]),
    environments: seen([]),
    actions: seen({ ...hardened.actions, allowed_actions: 'selected' }),
    workflows: seen(hardened.workflows),
    forkApproval: seen(hardened.forkApproval),
    privateForks: unseen('is public'),
    merging: seen(merging(false)),
    subject: unseen('not asked'),
    checks: seen([]),
    ...change,
  };
}

/** A ruleset as it is set, with its checks. */
function set(wanted: WantedRuleset, change: Partial<ActualRuleset> = {}): ActualRuleset {
  const { name, target, include, rules, bypass } = wanted;
  return {
    id: 7,
    name,
    target,
    enforcement: 'active',
    include,
    exclude: [],
    rules,
    bypass: seen(bypass),
    whole: true,
    ...change,
  };
}

const requiredChecks = (body: unknown): readonly string[] => {
  const { rules } = body as {
    rules: readonly { type: string; parameters?: { required_status_checks?: readonly { context: string }[] } }[];
  };
  return (rules.find((one) => one.type === 'required_status_checks')?.parameters?.required_status_checks ?? []).map(
    (one) => one.context,
  );
};

test('what is as wanted needs no request', () => {
  const main = mainRuleset(reviewing, [check('a')]);
  const plan = planSettings(wish({ rulesets: [main] }), repository({ rulesets: seen([set(main)]) }));
  expect(plan.steps).toEqual([]);
  expect(plan.differences.every((one) => one.state === 'equal')).toBe(true);
});

test('a request that replaces everything says what nobody wants otherwise as it is', () => {
  const actions = { enabled: true, sha_pinning_required: false, allowed_actions: 'selected' };
  const plan = planSettings(wish(), repository({ actions: seen(actions) }));
  expect(plan.steps.map((one) => one.body)).toEqual([
    { enabled: true, sha_pinning_required: true, allowed_actions: 'selected' },
  ]);
  const main = mainRuleset(reviewing, []);
  const rules = main.rules.map((one) =>
    one.type === 'pull_request'
      ? {
          ...one,
          parameters: {
            ...one.parameters,
            required_approving_review_count: 0,
            dismissal_restriction: { enabled: true },
          },
        }
      : one,
  );
  const [step] = planSettings(
    wish({ rulesets: [main] }),
    repository({ rulesets: seen([set({ ...main, rules })]) }),
  ).steps;
  const sent = ((step?.body?.['rules'] ?? []) as readonly { type: string; parameters?: object }[]).find(
    (one) => one.type === 'pull_request',
  );
  expect(sent?.parameters).toMatchObject({
    required_approving_review_count: 1,
    dismissal_restriction: { enabled: true },
  });
});

test('a check is renamed in three steps: it is seen, then takes the other’s place, at once', () => {
  const before = mainRuleset(reviewing, [check('old')]);
  const wanted = wish({ rulesets: [mainRuleset(reviewing, [check('new')])] });
  const rulesets = seen([set(before)]);
  const first = planSettings(wanted, repository({ rulesets }));
  expect(first.steps).toEqual([]);
  expect(first.waiting).toEqual([{ ruleset: 'trunkline: main', checks: ['new'] }]);
  const second = planSettings(wanted, repository({ rulesets, checks: seen([{ context: 'new', app: 15368 }]) }));
  expect(second.steps.map((one) => requiredChecks(one.body))).toEqual([['new']]);
  expect(second.differences.filter((one) => one.loosens).map((one) => one.field)).toEqual([
    'required_status_checks.required_status_checks',
  ]);
});

test('a check that another App wrote is not the one that is wanted', () => {
  const wanted = wish({ rulesets: [mainRuleset(reviewing, [check('a'), check('b')])] });
  const checks = seen([
    { context: 'a', app: 99 },
    { context: 'b', app: 15368 },
  ]);
  const { steps, waiting } = planSettings(wanted, repository({ checks }));
  expect(steps.map((one) => requiredChecks(one.body))).toEqual([['b']]);
  expect(waiting[0]?.checks).toEqual(['a']);
});

test('a ruleset whose actors cannot be seen is not replaced blindly', () => {
  const main = mainRuleset(reviewing, []);
  const found = set(main, { enforcement: 'evaluate', bypass: unseen('not yours to see') });
  const plan = planSettings(wish({ rulesets: [main] }), repository({ rulesets: seen([found]) }));
  expect(plan.blind).toEqual(['trunkline: main']);
});

test('rulesets of our making that nothing wants go last; those of others stay', () => {
  const main = mainRuleset(reviewing, []);
  const own = set({ ...main, name: 'trunkline: of old' });
  const theirs = set({ ...main, name: 'theirs' }, { id: 8 });
  const plan = planSettings(wish({ rulesets: [main] }), repository({ rulesets: seen([own, theirs]) }));
  expect(plan.steps.map((one) => `${one.method} ${one.path}`)).toEqual(['POST /rulesets', 'DELETE /rulesets/7']);
  expect(plan.differences.find((one) => one.subject === 'trunkline: of old')?.loosens).toBe(true);
});

test('an environment that is open gets its protection first, then its branches, and loses others last', () => {
  const environment = {
    name: 'prod',
    reviewers: [{ type: 'Team', id: 3, name: 'platform' }],
    wait: 5,
    policies: [{ type: 'branch', name: 'main' }],
  } as const;
  const open = {
    name: 'Prod',
    reviewers: [],
    preventSelfReview: false,
    wait: 0,
    adminsBypass: seen(true),
    branches: seen('all' as const),
  };
  const plan = planSettings(wish({ environments: [environment] }), repository({ environments: seen([open]) }));
  expect(plan.steps.map(({ method, path, body }) => [method, path, body])).toEqual([
    [
      'PUT',
      '/environments/prod',
      {
        wait_timer: 5,
        prevent_self_review: true,
        reviewers: [{ type: 'Team', id: 3 }],
        deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
        can_admins_bypass: false,
      },
    ],
    ['POST', '/environments/prod/deployment-branch-policies', { name: 'main', type: 'branch' }],
  ]);
  const limited = {
    ...open,
    reviewers: environment.reviewers,
    preventSelfReview: true,
    wait: 5,
    adminsBypass: seen(false),
    branches: seen([{ id: 4, type: 'branch' as const, name: '*' }]),
  };
  const next = planSettings(wish({ environments: [environment] }), repository({ environments: seen([limited]) }));
  expect(next.steps.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /environments/prod/deployment-branch-policies',
    'DELETE /environments/prod/deployment-branch-policies/4',
  ]);
});
