import { Command, Option } from 'commander';
import { trustedRootsPath } from '../../../config/config.ts';
import { TrunklineError } from '../../../errors.ts';
import { appendSummary } from '../../../github/job-outputs.ts';
import { shortDigest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import type { CertificateClaims } from '../../../sigstore/github-claims.ts';
import { signerNames } from '../../../sigstore/signer-identity.ts';
import { type PredicateName, predicateNames, predicateTypes } from '../../../sigstore/statement.ts';
import { type ImageCheck, verifyImage } from '../../../sigstore/verify-image.ts';
import { Exit } from '../../exit.ts';
import { type Style, styleFor } from '../../print/style.ts';
import { readLock } from '../../read-lock.ts';
import { imageByDigest, registryFor } from './signed-image.ts';
import { trustedRoots } from './trusted-roots-file.ts';

interface VerifyOptions {
  readonly source: string;
  readonly signer: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly runner?: string;
  readonly type: readonly PredicateName[];
  readonly issuer?: string;
  readonly environment?: string;
  readonly trustedRoot?: string;
  readonly classic?: true;
  readonly json?: true;
}

/** `trunkline ci verify`: exit code 1 where anything that is wanted is missing or signed by another. */
export function verifyCommand(ports: Ports): Command {
  return new Command('verify')
    .description('Whether an image, and each platform of it, was signed by exactly the workflow that must sign it.')
    .argument('<image@digest>', 'the image, by its digest')
    .requiredOption('--source <owner/name>', 'the repository it must be built from')
    .requiredOption(
      '--signer <workflow>',
      'the file that signs: .github/workflows/publish.yml, or owner/name/path@ref of a shared one',
    )
    .option('--ref <ref>', 'the ref it must be built from, such as refs/heads/main')
    .option('--commit <sha>', 'the commit it must be built from')
    .option('--runner <kind>', 'github-hosted or self-hosted')
    .addOption(new Option('--type <name...>', 'what must hang on it').choices(predicateNames).default(['provenance']))
    .option('--environment <name>', 'with --type promotion: where it must have come to')
    .option('--classic', 'a signature as cosign kept it before version 3 counts too, where no newer one does')
    .option('--issuer <url>', 'of another GitHub’s tokens')
    .option('--trusted-root <file>', `authorities (default: ${trustedRootsPath})`)
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci verify "ghcr.io/acme/api@$DIGEST" --source acme/app --signer .github/workflows/publish.yml --ref refs/heads/main',
    )
    .action((text: string, options: VerifyOptions) => run(ports, text, options));
}

async function run(ports: Ports, text: string, options: VerifyOptions): Promise<void> {
  const image = imageByDigest(text);
  if (options.environment !== undefined && !options.type.includes('promotion'))
    throw new TrunklineError('INPUT_INVALID', 'expected --environment with --type promotion, found another type');
  const claims: CertificateClaims = {
    repositoryUri: `https://github.com/${options.source}`,
    ...(options.ref === undefined ? {} : { ref: options.ref }),
    ...(options.commit === undefined ? {} : { commit: options.commit }),
    ...(options.runner === undefined ? {} : { runnerEnvironment: options.runner }),
  };
  const { ok, checks } = await verifyImage(registryFor(ports), {
    image,
    predicateTypes: options.type.map((name) => predicateTypes[name]),
    signer: {
      ...signerNames({ ...options, lock: readLock(ports.cwd) }),
      claims,
      ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    },
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.classic === undefined ? {} : { classic: true }),
    trusted: trustedRoots(ports, options.trustedRoot),
  });
  if (options.json === true)
    ports.stdout.write(`${JSON.stringify({ ok, image: image.digest, checks }, undefined, 2)}\n`);
  else ports.stdout.write(`${checks.map((check) => line(check, styleFor(ports.stdout, ports.env))).join('\n')}\n`);
  appendSummary(ports, `- ${image.repository}@${shortDigest(image.digest)} ${ok ? 'verified' : 'refused'}`);
  if (!ok) throw new Exit(1);
}

function line({ ok, platform, digest, predicateType, reasons }: ImageCheck, style: Style): string {
  const mark = ok ? style('green', 'verified') : style('red', 'refused');
  const name = predicateNames.find((one) => predicateTypes[one] === predicateType) ?? predicateType;
  return `${mark}  ${name} of ${platform ?? 'image'} ${shortDigest(digest)}: ${reasons.join('; ')}`;
}
