import type { ServicesConfig } from '../config/services.ts';
import type { Problem } from '../errors.ts';
import { pruneEnvironment, publishEnvironment } from '../model/github-environments.ts';
import { applicationChecks } from '../workflow/generate/names.ts';
import { hardened, merging } from './hardened.ts';
import type { Directory } from './names.ts';
import { actionsApp, type Check } from './rule.ts';
import { hotfixBranches, hotfixRulesets, mainRuleset, type Reviewing, tagRuleset } from './rulesets.ts';
import { appOf, control } from './want-infra.ts';
import type { WantedEnvironment, WantedSettings } from './wanted.ts';

/** Everything but CODEOWNERS. `problems`: what the configuration names and GitHub does not have. */
export function wantApplication(
  config: ServicesConfig,
  branch: string,
  directory: Directory,
): { readonly wanted: Omit<WantedSettings, 'codeowners'>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const delivery = appOf(config.apps.delivery, 'apps.delivery', directory, problems);
  const checks: readonly Check[] = applicationChecks(config).map((context) => ({
    context,
    integration_id: actionsApp,
  }));
  const owned = config.owners.length > 0 || [...config.services.values()].some((one) => one.owner !== undefined);
  const reviewing: Reviewing = { approvals: 1, codeOwners: owned, methods: ['squash'] };
  return {
    wanted: {
      ...hardened,
      defaultSubject: config.registry?.aws === undefined ? undefined : true,
      merging: merging(false),
      rulesets: [
        mainRuleset(reviewing, checks),
        ...(delivery === undefined ? [] : hotfixRulesets(reviewing, checks, delivery)),
        tagRuleset([config.release?.tags ?? 'v*']),
      ],
      environments: [
        control(branch),
        publishing(config),
        // Whatever deletes is not what pushes.
        ...(config.registry?.aws === undefined && config.prune === undefined
          ? []
          : [{ ...control(branch), name: pruneEnvironment }]),
      ],
    },
    problems,
  };
}

/** Where images are pushed and releases recorded from: what is published, which rulesets protect. */
function publishing({ branch, release }: ServicesConfig): WantedEnvironment {
  const policies = [
    ...[branch, hotfixBranches].map((name) => ({ type: 'branch' as const, name })),
    ...(release === undefined ? [] : [{ type: 'tag' as const, name: release.tags }]),
  ];
  return { name: publishEnvironment, reviewers: [], wait: 0, policies };
}
