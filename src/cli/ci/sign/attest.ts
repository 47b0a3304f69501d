import { Command, Option } from 'commander';
import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import { type IdentityToken, requestIdentityToken, requireJob } from '../../../sigstore/identity-token.ts';
import { promotion } from '../../../sigstore/predicates/promotion.ts';
import { provenance } from '../../../sigstore/predicates/provenance.ts';
import { type PredicateName, predicateNames, predicateTypes } from '../../../sigstore/statement.ts';
import { attachStatements, instanceOf } from './attach-statements.ts';
import { printAttached } from './print-attached.ts';
import { readPredicate } from './read-predicate.ts';
import { predicateOfReport } from './report-predicate.ts';
import { type SigningOptions, signingOptions } from './sign.ts';
import { imageByDigest } from './signed-image.ts';

interface AttestOptions extends SigningOptions {
  readonly type: PredicateName;
  readonly predicate?: string;
  readonly report?: string;
  readonly environment?: string;
}

/** `trunkline ci attest`: a signed statement about an image. */
export function attestCommand(ports: Ports): Command {
  return signingOptions(new Command('attest'))
    .description('Hangs a signed statement on an image and each platform of it: where it came from, what is in it.')
    .argument('<image@digest>', 'the image, by its digest')
    .addOption(
      new Option(
        '--type <name>',
        'provenance and promotion are made of the job’s own token; others need --predicate or --report',
      )
        .choices(predicateNames.filter((name) => name !== 'signature'))
        .default('provenance'),
    )
    .option('--predicate <file>', 'JSON as it is signed: an SBOM')
    .option('--report <file>', 'a tool’s own report: JUnit’s XML for test-result, a scanner’s JSON for vulnerabilities')
    .option('--environment <name>', 'with --type promotion: where the image has come to')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci attest "ghcr.io/acme/api@$DIGEST" --type spdx --predicate sbom.json',
    )
    .action(async (text: string, options: AttestOptions) => {
      const image = imageByDigest(text);
      if (options.predicate !== undefined && options.report !== undefined)
        throw new TrunklineError('INPUT_INVALID', 'expected --predicate or --report, found both');
      const given =
        options.predicate === undefined ? undefined : await readPredicate(ports, options.predicate, options.type);
      const token = await requestIdentityToken(ports, 'sigstore');
      const reported =
        options.report === undefined
          ? undefined
          : await predicateOfReport(ports, options.type, options.report, token, image);
      const predicate = given ?? reported ?? made(options, token, ports);
      const instance = instanceOf(options.instance, token);
      const statement = { predicateType: predicateTypes[options.type], predicate };
      const attached = options.dryRun === true ? [] : await attachStatements(ports, image, token, statement, instance);
      printAttached(ports, options, image, instance, token, attached);
    });
}

function made({ type, environment }: AttestOptions, token: IdentityToken, ports: Ports): unknown {
  if (type === 'provenance' || type === 'promotion') requireJob(token, `a ${type}`);
  if (type === 'provenance') return provenance(token, ports.env);
  if (type === 'promotion' && environment !== undefined) return promotion(environment, token, ports);
  throw new TrunklineError('INPUT_INVALID', `expected --predicate or --report with what the ${type} says, found none`, {
    hint:
      type === 'spdx'
        ? 'make one with: trunkline ci sbom --output sbom.json'
        : 'pass the tool’s own file: --report FILE',
  });
}
