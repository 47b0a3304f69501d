import type { Config } from '../config/config.ts';

/** Whom the settings speak of, by name: GitHub knows them by number. */
export interface Names {
  readonly teams: readonly string[];
  /** Slugs of Apps, or their numbers. */
  readonly apps: readonly string[];
}

export function namesIn({ services, environments }: Config): Names {
  const teams = (environments?.environments ?? []).flatMap((one) => [
    ...Object.keys(one.approve).filter((team) => team !== 'owner'),
    ...(one.reviewers ?? []),
  ]);
  const owners = (environments?.accept ?? []).flatMap((one) => [...one.services.values()]);
  const apps = [environments?.apps.delivery, environments?.apps.rollback, services?.apps.delivery];
  return {
    teams: [...new Set([...teams, ...owners])].sort(),
    apps: [...new Set(apps.flatMap((one) => one ?? []))].sort(),
  };
}

/** What GitHub answered about them; absent: there is none of this name. */
export interface Directory {
  readonly teams: ReadonlyMap<string, Team>;
  /** By slug. */
  readonly apps: ReadonlyMap<string, number>;
  /** Why teams could not be read, where they could not. */
  readonly hidden?: string;
}

export interface Team {
  readonly id: number;
  /** Logins. */
  readonly members: readonly string[];
}

/** What the owner's plan has; undefined where it is not known, and then it is not used. */
export interface PlanFeatures {
  readonly requiredReviewers: boolean;
  readonly workflowsRule: boolean;
  /** Why, for people. */
  readonly because: string;
}

/** docs.github.com, "GitHub's plans" and "Available rules for rulesets". */
export function planFeatures(isPrivate: boolean, plan: string | undefined): PlanFeatures {
  const enterprise = plan !== undefined && /^enterprise|business_plus/i.test(plan);
  const team = plan !== undefined && !/^free/i.test(plan);
  if (plan === undefined && isPrivate)
    return {
      requiredReviewers: false,
      workflowsRule: false,
      because: 'the plan is shown to owners of the organisation only',
    };
  return {
    requiredReviewers: !isPrivate || team,
    workflowsRule: enterprise,
    because: plan === undefined ? 'the repository is public' : `the plan is ${plan}`,
  };
}
