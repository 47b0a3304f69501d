import type { Config } from '../config/config.ts';
import type { Problem } from '../errors.ts';
import type { ActualSettings } from './actual.ts';
import { renderCodeowners } from './codeowners.ts';
import type { Directory, PlanFeatures } from './names.ts';
import { wantApplication } from './want-application.ts';
import { wantInfra } from './want-infra.ts';
import type { WantedRuleset, WantedSettings } from './wanted.ts';

export interface Wish {
  readonly wanted: WantedSettings;
  /** What the configuration names and GitHub does not have: nothing is applied before they are mended. */
  readonly problems: readonly Problem[];
}

/** What trunkline.yaml makes of a repository's settings. A repository of both kinds gets the stricter of both. */
export function wantSettings(
  config: Config,
  { owner, branch, id }: Pick<ActualSettings, 'owner' | 'branch' | 'id'>,
  directory: Directory,
  plan: PlanFeatures,
): Wish | undefined {
  const { services, environments } = config;
  const infra = environments === undefined ? undefined : wantInfra(environments, { branch, id }, directory, plan);
  const application = services === undefined ? undefined : wantApplication(services, branch, directory);
  const both = [infra, application].flatMap((one) => one ?? []);
  const [first, second] = both;
  if (first === undefined) return undefined;
  const codeowners = renderCodeowners(owner.login, config);
  const problems = both.flatMap((one) => one.problems);
  if (second === undefined) return { wanted: { ...first.wanted, codeowners }, problems };
  const nobodys = [...(services?.services.values() ?? [])].filter((one) => one.owner === undefined);
  if (nobodys.length > 0)
    problems.push({
      code: 'CONFIG_INVALID',
      message: `expected an owner of ${nobodys.map((one) => one.name).join(', ')}, found none: where manifests and code share a repository, code owners are who reviews code`,
      hint: `services: { ${nobodys[0]?.name}: { owner: api-team } }`,
    });
  return {
    wanted: {
      ...first.wanted,
      environments: unique([...first.wanted.environments, ...second.wanted.environments]),
      rulesets: join(first.wanted.rulesets, second.wanted.rulesets),
      codeowners,
    },
    problems,
  };
}

function unique<One extends { readonly name: string }>(all: readonly One[]): readonly One[] {
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

/** One ruleset of each name: all checks of both, and the infra repository's word on approvals, which are the policy's. */
function join(infra: readonly WantedRuleset[], application: readonly WantedRuleset[]): readonly WantedRuleset[] {
  const joined = infra.map((one) => {
    const other = application.find(({ name, target }) => name === one.name && target === one.target);
    if (other === undefined) return one;
    const rules = one.rules.map((rule) => {
      const twin = other.rules.find(({ type }) => type === rule.type);
      if (rule.type !== 'required_status_checks' || twin === undefined) return rule;
      const checks = [rule, twin].flatMap(
        ({ parameters }) => (parameters?.['required_status_checks'] ?? []) as readonly object[],
      );
      return { ...rule, parameters: { ...rule.parameters, required_status_checks: checks } };
    });
    const further = other.rules.filter(({ type }) => one.rules.every((rule) => rule.type !== type));
    return { ...one, include: [...new Set([...one.include, ...other.include])], rules: [...rules, ...further] };
  });
  const names = new Set(infra.map((one) => `${one.target} ${one.name}`));
  return [...joined, ...application.filter((one) => !names.has(`${one.target} ${one.name}`))];
}
