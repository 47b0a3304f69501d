import { appendSummary } from '../../../github/job-outputs.ts';
import { shortDigest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import { type IdentityToken, signerOf } from '../../../sigstore/identity-token.ts';
import type { SigstoreInstance } from '../../../sigstore/instances.ts';
import type { Attached } from './attach-statements.ts';
import type { SigningOptions } from './sign.ts';
import type { ImageByDigest } from './signed-image.ts';

/** Who signed what, and where it can be read. */
export function printAttached(
  ports: Ports,
  options: SigningOptions,
  image: ImageByDigest,
  instance: SigstoreInstance,
  token: IdentityToken,
  attached: readonly Attached[],
): void {
  const identity = signerOf(token);
  if (options.json === true) {
    const { fulcio, rekor, timestamps } = instance;
    const services = { name: instance.name, fulcio, rekor: rekor ?? null, timestamps: timestamps ?? null };
    ports.stdout.write(
      `${JSON.stringify({ dryRun: options.dryRun === true, image: image.digest, identity, instance: services, attached }, undefined, 2)}\n`,
    );
    return;
  }
  const logged = instance.rekor === undefined ? 'no public log' : `logged at ${new URL(instance.rekor).host}`;
  const head = `${options.dryRun === true ? 'would sign' : 'signed'} ${image.repository}@${shortDigest(image.digest)} as ${identity} (${instance.name}, ${logged})`;
  const rows = attached.map(
    ({ platform, digest, referrer, tag }) =>
      `  ${platform ?? 'image'} ${shortDigest(digest)} ← ${tag === undefined ? shortDigest(referrer) : tag}`,
  );
  ports.stdout.write(`${[head, ...rows].join('\n')}\n`);
  appendSummary(ports, `- ${head}`);
}
