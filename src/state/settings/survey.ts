import { type Config, configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { ActualSettings } from '../../settings/actual.ts';
import { checkSatisfiable } from '../../settings/check-satisfiable.ts';
import { type Directory, namesIn, type PlanFeatures, planFeatures } from '../../settings/names.ts';
import { planSettings, type SettingsPlan } from '../../settings/plan-settings.ts';
import { wantSettings } from '../../settings/want-settings.ts';
import type { WantedSettings } from '../../settings/wanted.ts';
import { severalAtOnce } from '../several-at-once.ts';
import { readClosedForks, readDirectory, readPlan, readStrictDefaults } from './read-directory.ts';
import { fileOf, type Overview, readOverviews } from './read-overviews.ts';
import { basics, readSettings } from './read-settings.ts';

/** A repository's settings, wanted and found; `problems` where something keeps them from being compared or applied. */
export interface Surveyed {
  readonly repository: string;
  readonly problems: readonly Problem[];
  readonly actual?: ActualSettings;
  readonly config?: Config;
  readonly wanted?: WantedSettings;
  readonly plan?: SettingsPlan;
  /** What else is to be said. */
  readonly notes: readonly string[];
}

export interface SurveyOptions {
  /** The text of a trunkline.yaml that counts instead of the one on the repository's default branch. */
  readonly local?: { readonly repository: string; readonly text: string };
  /** Every ruleset of ours is read with all its parameters and actors: whoever replaces them must know them. */
  readonly whole: boolean;
  /** How subjects of OIDC tokens are made is read also where no cloud is named. */
  readonly subject?: boolean;
}

interface Known {
  readonly repository: string;
  readonly overview: Overview;
  readonly config: Config;
}

/** Reads and compares; nothing is written. Several repositories share the queries that can be shared. */
export async function surveySettings(
  github: GitHub,
  repositories: readonly string[],
  options: SurveyOptions,
): Promise<readonly Surveyed[]> {
  const overviews = await readOverviews(github, repositories);
  const opened = repositories.map((repository) => open(repository, overviews.get(repository), options.local));
  const known = opened.flatMap((one) => ('overview' in one ? [one] : []));
  const owners = await readOwners(github, known);
  const surveyed = await severalAtOnce(known, (one) => survey(github, one, owners, options));
  const found = new Map(surveyed.map((one) => [one.repository, one]));
  return opened.flatMap((one) => ('overview' in one ? (found.get(one.repository) ?? []) : [one]));
}

/** What repositories say of themselves, without their settings; nothing of one that cannot be read. */
export async function readConfigs(
  github: GitHub,
  repositories: readonly string[],
  { local }: Pick<SurveyOptions, 'local'>,
): Promise<readonly Config[]> {
  const overviews = await readOverviews(github, repositories);
  const opened = repositories.map((repository) => open(repository, overviews.get(repository), local));
  return opened.flatMap((one) => one.config ?? []);
}

function open(
  repository: string,
  overview: { readonly value: Overview } | { readonly unknown: string } | undefined,
  local: SurveyOptions['local'],
): Known | Surveyed {
  const failed = (problems: readonly Problem[]): Surveyed => ({ repository, problems, notes: [] });
  if (overview === undefined || 'unknown' in overview)
    return failed([
      {
        code: 'NOT_FOUND',
        message: `${repository}: ${overview?.unknown ?? 'it was not answered'}`,
        hint: 'correct the name, or let the credential see it',
      },
    ]);
  const own = local?.repository.toLowerCase() === repository.toLowerCase() ? local.text : undefined;
  const text = own ?? fileOf(overview.value, 'config');
  if (typeof text !== 'string' && 'unknown' in text)
    return failed([
      { code: 'PERMISSION_MISSING', message: `${repository}: ${configPath} cannot be read: ${text.unknown}` },
    ]);
  const found = typeof text === 'string' ? text : text.value;
  if (found === null)
    return failed([
      {
        code: 'NOT_FOUND',
        message: `${repository}: expected ${configPath} on the default branch, found none`,
        hint: 'trunkline init writes one',
      },
    ]);
  try {
    return { repository, overview: overview.value, config: parseConfig(configPath, found) };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return failed(error.problems.map((one) => ({ ...one, message: `${repository}: ${one.message}` })));
  }
}

interface OwnerFacts {
  readonly directory: Directory;
  readonly plan: string | undefined;
  readonly jobs: Readonly<Record<string, unknown>> | undefined;
  readonly closedForks: boolean;
}

/** What is asked once for each owner: whom its repositories name, what its plan has, what it leaves no choice of. */
async function readOwners(github: GitHub, known: readonly Known[]): Promise<ReadonlyMap<string, OwnerFacts>> {
  const owners = new Map<string, Known[]>();
  for (const one of known) {
    const { login } = one.overview.node.owner;
    owners.set(login, [...(owners.get(login) ?? []), one]);
  }
  const found = new Map<string, OwnerFacts>();
  for (const [login, all] of owners) {
    const names = all.map((one) => namesIn(one.config));
    const merged = {
      teams: [...new Set(names.flatMap((one) => one.teams))].sort(),
      apps: [...new Set(names.flatMap((one) => one.apps))].sort(),
    };
    const organization = all[0]?.overview.node.owner.__typename === 'Organization';
    const directory = await readDirectory(github, login, organization ? merged : { ...merged, teams: [] });
    found.set(login, {
      directory,
      plan: organization ? await readPlan(github, login) : undefined,
      jobs: organization ? await readStrictDefaults(github, login) : undefined,
      // One request, which saves one for each of them.
      closedForks: organization && all.filter(hasPrivateForks).length > 1 && (await readClosedForks(github, login)),
    });
  }
  return found;
}

function hasPrivateForks({ overview: { node } }: Known): boolean {
  return node.isPrivate && node.forkingAllowed;
}

async function survey(
  github: GitHub,
  { repository, overview, config }: Known,
  owners: ReadonlyMap<string, OwnerFacts>,
  { whole, subject = false }: SurveyOptions,
): Promise<Surveyed> {
  const facts = basics(overview);
  const nobody: OwnerFacts = {
    directory: { teams: new Map(), apps: new Map() },
    plan: undefined,
    jobs: undefined,
    closedForks: false,
  };
  const { directory, plan: name, jobs, closedForks } = owners.get(facts.owner.login) ?? nobody;
  const features = planFeatures(facts.private, name);
  const wish = wantSettings(config, facts, directory, features);
  if (wish === undefined)
    return {
      repository,
      problems: [{ code: 'CONFIG_INVALID', message: `${repository}: ${configPath} is empty` }],
      notes: [],
    };
  const { wanted } = wish;
  const reviewed = new Set(wanted.rulesets.filter((one) => hasReviewers(one.rules)).map((one) => one.name));
  const actual = await readSettings(github, overview, wanted, {
    jobs,
    closedForks,
    subject,
    whole: (one) => whole || reviewed.has(one),
  });
  const satisfiable = config.environments === undefined ? [] : checkSatisfiable(config.environments, directory);
  const archived: readonly Problem[] = overview.node.isArchived
    ? [
        {
          code: 'CONFLICT',
          message: 'it is archived, and nothing can be set there',
          hint: 'take it out of accept, or unarchive it',
        },
      ]
    : [];
  const problems = [...archived, ...wish.problems, ...satisfiable].map((one) => ({
    ...one,
    message: `${repository}: ${one.message}`,
  }));
  return {
    repository,
    problems,
    config,
    actual,
    wanted,
    plan: planSettings(wanted, actual),
    notes: notesOn(config, features),
  };
}

function hasReviewers(rules: readonly { readonly parameters?: Readonly<Record<string, unknown>> }[]): boolean {
  return rules.some((one) => one.parameters?.['required_reviewers'] !== undefined);
}

function notesOn({ environments }: Config, features: PlanFeatures): readonly string[] {
  const approved = environments?.environments.some((one) => Object.keys(one.approve).length > 0) === true;
  if (!approved || features.requiredReviewers) return [];
  return [`required_reviewers is not wanted, as ${features.because}: the policy check alone counts approvals`];
}
