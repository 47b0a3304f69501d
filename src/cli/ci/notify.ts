import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import {
  type Config,
  channelNames,
  configPath,
  type NotifyChannel,
  type NotifyKind,
  ownersOf,
  secretsOfChannel,
  teamSecretPrefix,
} from '../../config/config.ts';
import { notifyKinds } from '../../config/notify-schema.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { TrunklineError } from '../../errors.ts';
import { readCredentials } from '../../github/credentials.ts';
import { Masker } from '../../github/masks.ts';
import { readRun } from '../../github/run.ts';
import { formatCommand } from '../../github/workflow-commands.ts';
import { shortDigest } from '../../model/digest.ts';
import { loginOf } from '../../model/login-of.ts';
import { type Ledger, openLedger } from '../../notify/ledger.ts';
import { describeNotification, type Notification } from '../../notify/notification.ts';
import { type Sent, sendNotification } from '../../notify/send-notification.ts';
import type { Ports } from '../../ports.ts';
import { clientFor } from '../delivery/session.ts';
import { readLocal } from '../read-local.ts';

interface NotifyOptions {
  readonly kind: NotifyKind;
  readonly service: string;
  readonly environment: string;
  readonly release?: string;
  readonly previous?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly url?: string;
  readonly once?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline ci notify`: always exit code 0 once it knows what to say: a message that is lost fails no deployment. */
export function notifyCommand(ports: Ports): Command {
  return new Command('notify')
    .description('Tells Slack, Discord, PagerDuty and a webhook what happened, as trunkline.yaml says who hears what.')
    .addOption(new Option('--kind <name>', 'what happened').choices(notifyKinds).makeOptionMandatory())
    .requiredOption('--service <name>', 'to which service')
    .requiredOption('--environment <name>', 'where')
    .option('--release <digest>', 'what it is now')
    .option('--previous <digest>', 'what it was')
    .option('--by <login>', 'who asked for it (by default the run’s actor)')
    .option('--reason <text>', 'why')
    .option('--url <url>', 'where to look (by default the run)')
    .option('--once', 'not again when the run is started again: who was told is kept on its commit (statuses: write)')
    .option('--dry-run', 'print the message and tell nobody')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci notify --kind rollback --service orders --environment prod --reason "smoke failed"',
    )
    .action((options: NotifyOptions) => run(ports, options));
}

async function run(ports: Ports, options: NotifyOptions): Promise<void> {
  const { runUrl, actor, repository } = readRun(ports.env);
  const masker = secretsIn(ports.env);
  const message = describeNotification(notificationOf(options, actor, runUrl, (text) => masker.mask(text)));
  if (options.dryRun === true) {
    ports.stdout.write(
      options.json === true ? `${JSON.stringify({ dryRun: true, message }, undefined, 2)}\n` : `${message.title}\n`,
    );
    return;
  }
  const source = repository ?? 'trunkline';
  const told = toldFile(ports, `${source}/${message.key}`);
  const warn = (what: string) => (error: unknown) => {
    const why = masker.mask(error instanceof Error ? error.message : String(error));
    ports.stdout.write(`${formatCommand('warning', `${what}: ${why}`, { title: 'Notification' })}\n`);
  };
  const ledger = options.once === true ? ledgerOf(ports, message.key) : undefined;
  // Told twice is better than not at all: what cannot be read was not told.
  const earlier = (await ledger?.read().catch(warn('who was told cannot be read'))) ?? [];
  const before = [
    ...earlier,
    ...(told !== undefined && existsSync(told) ? readFileSync(told, 'utf8').split('\n') : []),
  ];
  const { channels, owners } = listenersOf(
    ports,
    options.service,
    warn(`everybody is told, ${configPath} cannot be read`),
  );
  const env = withTeamSecrets(ports.env, channels, owners);
  const sent = await sendNotification(
    { ...ports, env },
    { channels, kind: options.kind, message, owners, source, before },
  );
  const arrived = sent.flatMap(({ channel, outcome }) => (outcome === 'sent' ? [channel] : []));
  const all = [...new Set([...before, ...arrived])];
  if (arrived.length > 0) await ledger?.write(all).catch(warn('who was told cannot be kept'));
  if (options.json === true) ports.stdout.write(`${JSON.stringify({ message, sent }, undefined, 2)}\n`);
  else ports.stdout.write(`${[message.title, ...sent.map(line)].join('\n')}\n`);
  const failed = sent.filter((one) => one.outcome === 'failed');
  try {
    if (told !== undefined) writeFileSync(told, all.join('\n'));
  } catch (error) {
    warn('who was told cannot be kept')(error);
  }
  if (ports.env['GITHUB_ACTIONS'] === 'true')
    for (const one of failed) ports.stdout.write(`${formatCommand('warning', line(one), { title: 'Notification' })}\n`);
}

function notificationOf(
  options: NotifyOptions,
  actor: string | undefined,
  runUrl: string | undefined,
  mask: (text: string) => string,
): Notification {
  const { kind, service, environment, release, previous, reason } = options;
  const [by, url] = [options.by ?? actor, options.url ?? runUrl];
  const short = (text: string): string => (text.startsWith('sha256:') ? shortDigest(text) : mask(text));
  return {
    kind,
    service,
    environment,
    ...(release === undefined ? {} : { release: short(release) }),
    ...(previous === undefined ? {} : { previous: short(previous) }),
    ...(by === undefined ? {} : { by: mask(by) }),
    ...(reason === undefined ? {} : { reason: mask(reason) }),
    ...(url === undefined ? {} : { url: mask(url) }),
  };
}

/**
 * On the commit that the run was started for. Without a token it fails when it is asked, which silences nobody.
 * @throws INPUT_INVALID outside of a job
 */
function ledgerOf(ports: Ports, key: string): Ledger | undefined {
  const { inActions, repository, sha, runUrl } = readRun(ports.env);
  // Some events have no commit: then it is told each time.
  if (inActions && (repository === undefined || sha === undefined)) return undefined;
  if (repository === undefined || sha === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected a job’s commit to keep on who was told, found none', {
      hint: '--once is for jobs: GITHUB_REPOSITORY and GITHUB_SHA name the commit',
    });
  const open = async (): Promise<Ledger> => {
    const github = clientFor(ports, repository, false, readCredentials(ports.env, 'job'));
    return openLedger(github, { repository, commit: sha, key, url: runUrl });
  };
  return { read: async () => (await open()).read(), write: async (channels) => (await open()).write(channels) };
}

/** Variables that hold a channel's secret, everybody's or a team's, or a token. */
const secret = /^(?:TEAM_)?(?:(?:SLACK|DISCORD|NOTIFY)_WEBHOOK_|PAGERDUTY_ROUTING_KEY|G(?:ITHUB|H)_TOKEN$)/;

/** A shared workflow is given the secrets of the team whose service it is without the team's name. */
function withTeamSecrets(
  env: Ports['env'],
  channels: readonly NotifyChannel[],
  owners: readonly string[],
): Ports['env'] {
  const given = channels.flatMap(({ name, teams = [] }) =>
    teams
      .filter((team) => owners.includes(team))
      .flatMap((team) =>
        secretsOfChannel(name, team).map((one, index) => [
          one,
          env[`${teamSecretPrefix}${secretsOfChannel(name)[index]}`] ?? '',
        ]),
      ),
  );
  return { ...Object.fromEntries(given), ...env };
}

/** Secrets, and of a URL the part that is one: exceptions name a path, or a login, without the host. */
function secretsIn(env: Ports['env']): Masker {
  const masker = new Masker();
  for (const [name, value = ''] of Object.entries(env)) {
    if (!secret.test(name)) continue;
    masker.add(value);
    if (!URL.canParse(value)) continue;
    const url = new URL(value);
    const login = loginOf(url);
    for (const part of [`${url.pathname}${url.search}`, url.password, login?.slice(login.indexOf(':') + 1) ?? ''])
      if (part.length > 4) masker.add(part);
  }
  return masker;
}

/**
 * What trunkline.yaml says, and whose the service is; every channel whose secret is there, where it says nothing, or cannot be
 * read: that may be the very reason why something failed.
 */
function listenersOf(
  ports: Ports,
  service: string,
  unreadable: (error: unknown) => void,
): { readonly channels: readonly NotifyChannel[]; readonly owners: readonly string[] } {
  const { environments, services } = read();
  const owner = services?.services.get(service)?.owner;
  return {
    channels: environments?.notify ?? services?.notify ?? channelNames.map((name) => ({ name })),
    owners: [
      ...(environments === undefined ? [] : ownersOf(environments, service)),
      ...(owner === undefined ? [] : [owner]),
    ],
  };

  function read(): Config {
    try {
      const text = readLocal(ports.cwd);
      return text === undefined ? {} : parseConfig(configPath, text);
    } catch (error) {
      unreadable(error);
      return {};
    }
  }
}

/** Who has heard the same from an earlier step of the job. */
function toldFile({ env }: Pick<Ports, 'env'>, key: string): string | undefined {
  const folder = env['RUNNER_TEMP'];
  if (folder === undefined || folder === '' || !existsSync(folder)) return undefined;
  return join(folder, `trunkline-told-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
}

function line({ channel, outcome, reason }: Sent): string {
  return `  ${channel}: ${outcome}${reason === undefined ? '' : `: ${reason}`}`;
}
