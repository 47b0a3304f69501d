import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { TrunklineError } from '../../errors.ts';
import { controlEnvironment, publishEnvironment } from '../../model/github-environments.ts';
import type { Ports } from '../../ports.ts';
import type { ActualSettings } from '../../settings/actual.ts';
import { known } from '../../settings/seen.ts';
import { type AwsTrust, awsTrust } from '../../settings/trust/aws-roles.ts';
import { checkTrust } from '../../settings/trust/check-trust.ts';
import { federationGuide } from '../../settings/trust/federation.ts';
import type { SubjectForm, TrustedRepository } from '../../settings/trust/subject.ts';
import { ecrRequest, terraformOf } from '../../settings/trust/terraform.ts';
import { openSettings, type SettingsOptions, settingsCommand } from './open-settings.ts';

interface TrustOptions extends SettingsOptions {
  readonly subject: SubjectForm;
  readonly out?: string;
}

export function settingsTrustCommand(ports: Ports): Command {
  return settingsCommand(
    'trust',
    'write what clouds need to trust this repository’s jobs: policies of AWS as JSON and for Terraform, and how others do it',
    'trunkline settings trust --out trust\ntrunkline settings trust --all --subject both --json',
  )
    .addOption(
      new Option('--subject <form>', 'how subjects begin: as GitHub says that it writes them now, or a form of them')
        .choices(['current', 'classic', 'immutable', 'both'])
        .default('current'),
    )
    .option('--out <folder>', 'write files there (by default they are printed)')
    .action((options: TrustOptions) => trust(ports, options));
}

async function trust(ports: Ports, options: TrustOptions): Promise<void> {
  const { repositories, survey } = await openSettings(ports, options, true);
  const surveyed = await survey(repositories, { whole: false, subject: true });
  const [first, ...rest] = surveyed.flatMap((one) => (one.actual === undefined ? one.problems : []));
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  const trusting = surveyed.flatMap(({ actual, config }) => {
    if (actual === undefined || config === undefined) return [];
    const trusted = trustedRepository(actual);
    const { repository } = actual;
    return [{ repository, config, trusted, aws: awsTrust(config, trusted, options.subject) }];
  });
  const [wrong, ...more] = checkTrust(trusting);
  if (wrong !== undefined) throw TrunklineError.of([wrong, ...more]);
  const files = new Map<string, string>();
  for (const { repository, config, trusted, aws } of trusting) {
    const folder = repository.replace('/', '-');
    for (const [name, text] of awsFiles(aws)) files.set(`${folder}/${name}`, text);
    const environments = [
      ...(config.services === undefined ? [] : [publishEnvironment]),
      ...(config.environments === undefined ? [] : [controlEnvironment]),
      ...(config.environments?.environments ?? []).map((one) => one.name),
    ];
    files.set(`${folder}/federation.md`, federationGuide(trusted, environments, options.subject));
    if (trusted.subject === undefined && options.subject === 'current')
      ports.stderr.write(
        `note: ${repository}: how its subjects begin could not be read, so both forms are trusted: give the credential actions: read\n`,
      );
    if (trusted.subject?.useDefault === false)
      ports.stderr.write(
        `note: ${repository}: its subjects are made of other claims, and none of these policies fits them: trunkline settings apply\n`,
      );
  }
  print(ports, options, files);
}

function trustedRepository({ repository, id, owner, subject }: ActualSettings): TrustedRepository {
  const found = known(subject);
  return { repository, id, owner, ...(found === undefined ? {} : { subject: found }) };
}

function awsFiles(aws: AwsTrust): readonly (readonly [string, string])[] {
  if (aws.roles.length === 0) return [];
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return [
    ...aws.roles.flatMap(({ name, trust: document, permissions }): readonly (readonly [string, string])[] => {
      const file = name.replaceAll('/', '-');
      return [
        [`aws/${file}.trust.json`, json(document)],
        ...(permissions === undefined ? [] : [[`aws/${file}.permissions.json`, json(permissions)] as const]),
      ];
    }),
    ...aws.repositories.map(
      ({ name }) => [`aws/ecr-${name.replaceAll('/', '-')}.json`, json(ecrRequest(name))] as const,
    ),
    ['aws/trunkline.tf.json', json(terraformOf(aws))],
  ];
}

function print(ports: Ports, { out, json }: TrustOptions, files: ReadonlyMap<string, string>): void {
  const paths = [...files.keys()].sort();
  if (out !== undefined) {
    const folder = resolve(ports.cwd, out);
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), files.get(path) ?? '');
    }
  }
  if (json === true) ports.stdout.write(`${JSON.stringify({ files: Object.fromEntries(files) }, undefined, 2)}\n`);
  else if (out !== undefined) ports.stdout.write(paths.map((path) => `${join(out, path)}\n`).join(''));
  else ports.stdout.write(paths.map((path) => `# ${path}\n${files.get(path) ?? ''}\n`).join(''));
}
