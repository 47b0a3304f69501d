import { type EnvironmentsConfig, manifestFile, ownersOf, serviceNames } from '../config/config.ts';
import type { Problem } from '../errors.ts';
import type { Environment } from '../model/environment.ts';
import { controlEnvironment } from '../model/github-environments.ts';
import { policyContext } from '../model/policy-context.ts';
import { infraChecks, workflowFolder } from '../workflow/generate/names.ts';
import { renamedHint } from './check-satisfiable.ts';
import { keepersOf } from './codeowners.ts';
import { hardened, merging } from './hardened.ts';
import type { Directory, PlanFeatures } from './names.ts';
import { actionsApp, type Check } from './rule.ts';
import { mainRuleset, type RequiredReviewer, tagRuleset, workflowsRuleset } from './rulesets.ts';
import type { Reviewer, WantedEnvironment, WantedSettings } from './wanted.ts';

/** Everything but CODEOWNERS. `problems`: what the configuration names and GitHub does not have. */
export function wantInfra(
  config: EnvironmentsConfig,
  { branch, id }: { readonly branch: string; readonly id: number },
  directory: Directory,
  plan: PlanFeatures,
): { readonly wanted: Omit<WantedSettings, 'codeowners'>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const delivery = appOf(config.apps.delivery, 'apps.delivery', directory, problems);
  const automatic = config.environments.some((one) => one.rollback === 'automatic');
  const rollback = automatic ? appOf(config.apps.rollback, 'apps.rollback', directory, problems) : undefined;
  const batches = config.environments.some((one) => one.batch === 'when-busy');
  const checks: readonly Check[] = [
    ...infraChecks.map((context) => ({ context, integration_id: actionsApp })),
    ...(delivery === undefined ? [] : [{ context: policyContext, integration_id: delivery }]),
  ];
  const reviewing = {
    // Who approves differs by environment: the policy check counts.
    approvals: 0,
    codeOwners: keepersOf(config).length > 0,
    methods: batches ? (['squash', 'rebase'] as const) : (['squash'] as const),
    ...(plan.requiredReviewers ? { reviewers: nativeReviewers(config, directory) } : {}),
  };
  const environments = config.environments.map((one) => environmentOf(one, branch, directory, problems));
  return {
    wanted: {
      ...hardened,
      defaultSubject: config.environments.some((one) => one.aws !== undefined) ? true : undefined,
      merging: merging(batches),
      rulesets: [
        mainRuleset(reviewing, checks, rollback),
        tagRuleset(['v*']),
        ...(plan.workflowsRule ? [workflowsRuleset(id, branch, [`${workflowFolder}/checks.yml`])] : []),
      ],
      environments: [control(branch), ...environments],
    },
    problems,
  };
}

/** Nobody is asked there, and nothing but the default branch gets in. */
export function control(branch: string): WantedEnvironment {
  return { name: controlEnvironment, reviewers: [], wait: 0, policies: [{ type: 'branch', name: branch }] };
}

function environmentOf(
  { name, reviewers = [], wait = 0 }: Environment,
  branch: string,
  directory: Directory,
  problems: Problem[],
): WantedEnvironment {
  return {
    name,
    wait: Math.ceil(wait / 60_000),
    policies: [{ type: 'branch', name: branch }],
    reviewers: reviewers.flatMap((slug): readonly Reviewer[] => {
      const team = directory.teams.get(slug);
      if (team !== undefined) return [{ type: 'Team', id: team.id, name: slug }];
      problems.push(missing(`environments.${name}.reviewers`, 'a team', slug, directory.hidden));
      return [];
    }),
  };
}

/** As many teams as GitHub takes in one rule. */
const mostReviewers = 15;

/**
 * The policy's approvals said once more where GitHub itself can count them: by paths, teams and numbers. It cannot say
 * that any of several owners will do, nor tell the owners apart of pins that share a file: there the policy alone does.
 */
function nativeReviewers(config: EnvironmentsConfig, directory: Directory): readonly RequiredReviewer[] {
  const patterns = new Map<string, Set<string>>();
  for (const { name, approve } of config.environments) {
    const owners = new Map<string, Set<string>>();
    for (const service of serviceNames(config)) {
      const file = manifestFile(config, service, name);
      owners.set(file, new Set([...(owners.get(file) ?? []), ...ownersOf(config, service)]));
    }
    for (const [team, count] of Object.entries(approve)) {
      for (const [file, teams] of owners) {
        const [slug = ''] = team === 'owner' ? teams : [team];
        if (team === 'owner' && teams.size !== 1) continue;
        const key = `${count} ${slug}`;
        patterns.set(key, (patterns.get(key) ?? new Set()).add(file));
      }
    }
  }
  const all = [...patterns].flatMap(([key, files]) => {
    const [count = '1', slug = ''] = key.split(' ');
    const team = directory.teams.get(slug);
    if (team === undefined) return [];
    return [
      {
        file_patterns: [...files].sort(),
        minimum_approvals: Number(count),
        reviewer: { type: 'Team' as const, id: team.id },
      },
    ];
  });
  // With more of them GitHub would take none: the policy alone counts then.
  return all.length > mostReviewers ? [] : all;
}

export function appOf(
  name: string | undefined,
  key: string,
  directory: Directory,
  problems: Problem[],
): number | undefined {
  const id = name === undefined ? undefined : directory.apps.get(name);
  if (id !== undefined) return id;
  problems.push(
    name === undefined
      ? {
          code: 'CONFIG_INVALID',
          message: `expected ${key} in trunkline.yaml, found none: rules have to name the App`,
          hint: 'apps: { delivery: the-slug-of-your-app }, as in github.com/apps/the-slug-of-your-app',
        }
      : missing(key, 'an App', name),
  );
  return undefined;
}

function missing(key: string, what: string, name: string, hidden?: string): Problem {
  return hidden === undefined
    ? {
        code: 'NOT_FOUND',
        message: `${key}: expected ${what} called "${name}", found none`,
        ...(what === 'a team' ? { hint: renamedHint } : {}),
      }
    : { code: 'PERMISSION_MISSING', message: `${key}: expected to read ${what} called "${name}": ${hidden}` };
}
