import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { configPath, type EnvironmentsConfig, manifestFile, manifestFiles } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { readCredentials } from '../../github/credentials.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Ports } from '../../ports.ts';
import { judgeReadiness, type PolicyDay, readPolicyReports } from '../../sigstore/trust/readiness.ts';
import {
  clusterPolicy,
  imageValidatingPolicy,
  policyName,
  type TrustMode,
} from '../../sigstore/trust/render-kyverno.ts';
import { clusterImagePolicy, cosignLines, ghLines } from '../../sigstore/trust/render-others.ts';
import { type TrustRule, trustRules } from '../../sigstore/trust/trust-rule.ts';
import { signerFile } from '../../state/signer-file.ts';
import { textAt } from '../../state/text-at.ts';
import { lockPath } from '../../workflow/generate/lock.ts';
import { clientFor, readLocal } from '../delivery/session.ts';
import { readLock } from '../read-lock.ts';
import { requireEnvironments } from './deploy.ts';

const formats = ['kyverno', 'kyverno-cluster-policy', 'policy-controller', 'cosign', 'gh'] as const;

interface TrustOptions {
  readonly format: (typeof formats)[number];
  readonly mode: TrustMode;
  readonly instance: 'public-good' | 'github';
  readonly reports?: string;
  readonly cleanDays: number;
  readonly image: readonly string[];
  readonly check?: true;
  readonly json?: true;
}

/** `trunkline ci trust`: what a cluster or a person asks of an image, made of what `ci verify` asks. */
export function trustCommand(ports: Ports): Command {
  return new Command('trust')
    .description(
      `Prints who must have signed what, of ${configPath}: as admission policies, or as commands. To be committed and reviewed.`,
    )
    .addOption(new Option('--format <name>', 'for whom').choices(formats).default('kyverno'))
    .addOption(
      new Option('--mode <mode>', 'audit reports, enforce refuses; the latter wants --reports')
        .choices(['audit', 'enforce'])
        .default('audit'),
    )
    .addOption(
      new Option('--instance <name>', 'that signs: github for private repositories')
        .choices(['public-good', 'github'])
        .default('public-good'),
    )
    .option('--reports <folder>', 'policy reports of each day, YYYY-MM-DD.json, by which enforcing is judged')
    .option('--clean-days <count>', 'days in a row without a failure before enforcing', days, 14)
    .option('--image <service=name...>', 'an image that no manifest names yet', [])
    .option('--check', 'whether every workflow that must sign is there, by that name')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci trust --format kyverno > policies/signed.yaml\n  $ trunkline ci trust --mode enforce --reports reports > policies/signed.yaml',
    )
    .action((options: TrustOptions) => run(ports, options));
}

async function run(ports: Ports, options: TrustOptions): Promise<void> {
  const config = requireEnvironments(readLocal(ports.cwd));
  if (options.check === true) return check(ports, config);
  const lock = readLock(ports.cwd);
  const rules = trustRules(config, imagesOf(ports, config, options.image), lock);
  if (rules.length === 0)
    throw new TrunklineError('CONFIG_INVALID', `expected a repository in ${configPath} that must sign, found none`, {
      hint: 'accept: { acme/app: { services: …, signer: .github/workflows/publish.yml, verify: [signature, provenance] } }',
    });
  refuseUnfit(rules, options);
  if (options.mode === 'enforce') requireReadiness(ports, rules, options);
  const { format, mode, instance } = options;
  if (format === 'cosign' || format === 'gh') {
    const lines = rules.flatMap(format === 'cosign' ? cosignLines : ghLines);
    ports.stdout.write(
      options.json === true ? `${JSON.stringify({ lines }, undefined, 2)}\n` : `${lines.join('\n')}\n`,
    );
    return;
  }
  const render = (rule: TrustRule): object =>
    format === 'kyverno'
      ? imageValidatingPolicy(rule, mode)
      : format === 'kyverno-cluster-policy'
        ? clusterPolicy(rule, mode)
        : clusterImagePolicy(rule, mode, instance);
  const policies = rules.map(render);
  ports.stdout.write(
    options.json === true
      ? `${JSON.stringify(policies, undefined, 2)}\n`
      : policies.map((one) => stringify(one, { lineWidth: 0 })).join('---\n'),
  );
}

/** What a format cannot say is refused: a policy that asks for less than CI does is no copy of it. */
function refuseUnfit(rules: readonly TrustRule[], { format, instance }: TrustOptions): void {
  const shared = rules.find((rule) => rule.signers.some((one) => one.shared));
  if (shared !== undefined && (format === 'kyverno' || format === 'policy-controller'))
    throw new TrunklineError(
      'UNSUPPORTED',
      `expected a signer of ${shared.service} in its own repository, found a shared workflow: ${format} cannot ask which repository called it`,
      { hint: '--format kyverno-cluster-policy asks for it, and so does ci verify before each deploy' },
    );
  const ended = rules.flatMap((rule) => rule.signers).find((one) => one.ended);
  if (ended !== undefined)
    throw new TrunklineError(
      'UNSUPPORTED',
      `expected versions of the workflow that signs ${ended.source} to sign still, found one that ended: ${format} cannot ask when something was signed`,
      { hint: `take the entry with "until" out of ${lockPath} once nothing that it signed is wanted any more` },
    );
  const bound = rules.find((rule) =>
    rule.signers.some(({ runner }) => runner === 'self-hosted' || (runner !== undefined && format !== 'gh')),
  );
  if (bound !== undefined)
    throw new TrunklineError(
      'UNSUPPORTED',
      `expected a signer of ${bound.service} on any runner, found one whose runner is said: ${format} cannot ask for it`,
      { hint: '--format gh asks for runners of GitHub’s own, and so does ci verify before each deploy' },
    );
  if (instance === 'github' && format.startsWith('kyverno'))
    throw new TrunklineError(
      'UNSUPPORTED',
      'expected the public-good instance for Kyverno, found github: its authorities cannot be named there',
      { hint: '--format policy-controller takes them by a TrustRoot called "github"' },
    );
}

/** @throws POLICY_REFUSED saying what is missing */
function requireReadiness(ports: Ports, rules: readonly TrustRule[], { reports, cleanDays }: TrustOptions): void {
  if (reports === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --reports with --mode enforce, found none', {
      hint: 'kubectl get policyreports,clusterpolicyreports -A -o json > reports/$(date -u +%F).json, each day',
    });
  const folder = resolve(ports.cwd, reports);
  if (!existsSync(folder))
    throw new TrunklineError('NOT_FOUND', `expected policy reports in ${reports}, found no such folder`);
  const texts = readdirSync(folder)
    .filter((file) => /^\d{4}-\d{2}-\d{2}.*\.json$/.test(file))
    .map((file) => ({
      file: join(reports, file),
      day: dayOf(reports, file),
      text: readFileSync(join(folder, file), 'utf8'),
    }));
  const today = new Date(ports.clock.now()).toISOString().slice(0, 10);
  // Each for itself: that one service's pods were looked at says nothing of another's.
  for (const policy of rules.map(policyName)) {
    const days = texts.map(({ file, day, text }): PolicyDay => ({ day, ...readPolicyReports(file, text, policy) }));
    const { go, reason } = judgeReadiness(days, today, cleanDays);
    ports.stderr.write(`${policy}: ${go ? 'go' : 'no go'}: ${reason}\n`);
    if (!go)
      throw new TrunklineError(
        'POLICY_REFUSED',
        `expected ${cleanDays} clean days of ${policy} before enforcing: ${reason}`,
      );
  }
}

/** @throws REPORT_INVALID for a day that no calendar has: what it holds would count for none */
function dayOf(folder: string, file: string): string {
  const day = basename(file).slice(0, 10);
  const time = Date.parse(`${day}T00:00:00Z`);
  if (!Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === day) return day;
  throw new TrunklineError('REPORT_INVALID', `expected a report named after its day, found ${file}`, {
    location: { file: join(folder, file) },
    hint: 'reports/$(date -u +%F).json',
  });
}

/** The image of a service as its manifests name it, or as it is said. @throws INPUT_INVALID */
function imagesOf(ports: Ports, config: EnvironmentsConfig, said: readonly string[]): (service: string) => string {
  const given = new Map(said.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
  const files = new Map(
    manifestFiles(config)
      .filter((file) => existsSync(join(ports.cwd, file)))
      .map((file) => [file, readFileSync(join(ports.cwd, file), 'utf8')]),
  );
  return (service) => {
    const pinned = config.environments
      .filter(({ name }) => files.has(manifestFile(config, service, name)))
      .map(({ name }) => readPin(config, files, service, name)?.image)
      .find((image) => image !== undefined && image !== '');
    const image = given.get(service) ?? pinned;
    if (image !== undefined) return image;
    throw new TrunklineError('INPUT_INVALID', `expected a manifest that names the image of ${service}, found none`, {
      hint: `--image ${service}=ghcr.io/acme/${service}`,
    });
  };
}

/** A workflow that was renamed signs under another name, and nothing it signs is taken any more. @throws NOT_FOUND */
async function check(ports: Ports, config: EnvironmentsConfig): Promise<void> {
  const missing: string[] = [];
  for (const accepted of config.accept) {
    const file = signerFile(accepted, readLock(ports.cwd));
    if (file === undefined) continue;
    const { repository, path, ref } = file;
    const github = clientFor(ports, repository, true, readCredentials(ports.env));
    if ((await textAt(github, repository, path, ref)) !== undefined)
      ports.stdout.write(`${repository}: ${path} is there\n`);
    else missing.push(`${repository}: expected ${path}${ref === undefined ? '' : ` at ${ref}`}, found no such file`);
  }
  if (missing.length === 0) return;
  throw new TrunklineError('NOT_FOUND', `${missing.join('\n')}: what it was renamed to signs under another name`, {
    hint: `change accept: …: signer in ${configPath} and the cluster’s policies in one step with the workflow, and publish once more`,
    location: { file: configPath },
  });
}

function days(text: string): number {
  if (!/^[1-9][0-9]{0,2}$/.test(text)) throw new InvalidArgumentError('expected a number of days.');
  return Number(text);
}
