import { Command, Option } from 'commander';
import type { Ports } from '../../../ports.ts';
import { requestIdentityToken } from '../../../sigstore/identity-token.ts';
import { predicateTypes } from '../../../sigstore/statement.ts';
import { attachClassicSignatures } from './attach-classic.ts';
import { attachStatements, type InstanceOption, instanceOf } from './attach-statements.ts';
import { printAttached } from './print-attached.ts';
import { imageByDigest } from './signed-image.ts';

export interface SigningOptions {
  readonly instance: InstanceOption;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline ci sign`: what `cosign verify` and Kyverno look for. */
export function signCommand(ports: Ports): Command {
  return signingOptions(new Command('sign'))
    .description(
      'Signs an image, and each platform of it, in the name of the job (by hand, of whoever SIGSTORE_ID_TOKEN names): no key is kept anywhere.',
    )
    .argument('<image@digest>', 'the image, by its digest')
    .option('--classic', 'also as cosign did before version 3, under the tag sha256-….sig, for older verifiers')
    .addHelpText('after', '\nExample:\n  $ trunkline ci sign "ghcr.io/acme/api@$DIGEST"')
    .action(async (text: string, options: SigningOptions & { readonly classic?: true }) => {
      const image = imageByDigest(text);
      const token = await requestIdentityToken(ports, 'sigstore');
      const statement = { predicateType: predicateTypes.signature, predicate: {} };
      const instance = instanceOf(options.instance, token);
      if (options.dryRun === true) return printAttached(ports, options, image, instance, token, []);
      const attached = await attachStatements(ports, image, token, statement, instance);
      const older = options.classic === true ? await attachClassicSignatures(ports, image, token, instance) : [];
      printAttached(ports, options, image, instance, token, [...attached, ...older]);
    });
}

export function signingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--instance <name>', 'by default public-good for public repositories, github for private ones')
        .choices(['auto', 'public-good', 'github'])
        .default('auto'),
    )
    .option('--dry-run', 'say who would sign, and write nothing')
    .option('--json', 'print for machines');
}
