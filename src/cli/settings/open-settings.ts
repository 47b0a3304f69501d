import { Command } from 'commander';
import { type Config, configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { readCredentials } from '../../github/credentials.ts';
import type { Ports } from '../../ports.ts';
import { readConfigs, type Surveyed, type SurveyOptions, surveySettings } from '../../state/settings/survey.ts';
import { clientFor, currentRepository, readLocal } from '../delivery/session.ts';

export interface SettingsOptions {
  readonly repository?: readonly string[];
  readonly all?: boolean;
  readonly json?: boolean;
}

export interface SettingsSession {
  readonly github: GitHub;
  readonly repositories: readonly string[];
  readonly survey: (
    repositories: readonly string[],
    options: Pick<SurveyOptions, 'whole' | 'subject'>,
  ) => Promise<readonly Surveyed[]>;
}

export function settingsCommand(name: string, summary: string, example: string): Command {
  return new Command(name)
    .description(summary)
    .option('--repository <owner/name...>', 'these repositories (by default the one this is run in)')
    .option('--all', 'also every repository that the infra repository accepts')
    .option('--json', 'print for machines')
    .addHelpText('after', `\nExample:\n  $ ${example.replaceAll('\n', '\n  $ ')}`);
}

/**
 * The repositories that are meant, and what reads them. In a repository that is checked out its own trunkline.yaml
 * counts, as it is there; of others that on their default branch.
 * @throws INPUT_INVALID, CONFIG_INVALID
 */
export async function openSettings(
  ports: Ports,
  options: SettingsOptions,
  readOnly: boolean,
): Promise<SettingsSession> {
  const here = await currentRepository(ports);
  const named = options.repository ?? (here === undefined ? [] : [here]);
  const wrong = named.find((one) => !/^[\w.-]+\/[\w.-]+$/.test(one));
  const [first] = named;
  if (wrong !== undefined || first === undefined)
    throw new TrunklineError(
      'INPUT_INVALID',
      wrong === undefined
        ? 'expected to stand in a repository, or its name, found neither'
        : `expected --repository owner/name, found "${wrong}"`,
      { hint: 'add --repository owner/name' },
    );
  const text = readLocal(ports.cwd);
  const local = here === undefined || text === undefined ? {} : { local: { repository: here, text } };
  const github = clientFor(ports, first, readOnly, readCredentials(ports.env));
  const survey: SettingsSession['survey'] = (repositories, more) =>
    surveySettings(github, repositories, { ...local, ...more });
  const configsOf = async (): Promise<readonly Config[]> =>
    text !== undefined && named.length === 1 && first === here
      ? [parseConfig(configPath, text)]
      : readConfigs(github, named, local);
  const repositories = options.all === true ? acceptedBy(named, await configsOf()) : named;
  return { github, repositories, survey };
}

/** Repositories with those that they accept. */
function acceptedBy(named: readonly string[], configs: readonly Config[]): readonly string[] {
  const accepted = configs.flatMap((one) => one.environments?.accept ?? []).map((one) => one.repository);
  return [...new Set([...named, ...accepted])];
}
