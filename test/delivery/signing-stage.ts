import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trustedRootFile } from '../../src/lab/sigstore/sigstore-services.ts';
import { openSigningWorld, type SigningWorld } from '../../src/lab/sigstore/testing/signing-world.ts';
import { config, openStage, type Stage } from './stage.ts';

export const signer = '.github/workflows/publish.yml';
/** What acme/app publishes must have provenance. */
export const must = config.replace('web: web-team } }', `web: web-team }, signer: ${signer}, verify: [provenance] }`);

/** A stage on which releases must be signed: ghcr.io is the signing world's registry, GitHub the stage's forge. */
export async function openSigningStage(text = must): Promise<{
  readonly stage: Stage;
  readonly world: SigningWorld;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}> {
  const world = await openSigningWorld();
  const stage = await openStage({ config: text });
  stage.intercept = (request) => {
    const url = new URL(request.url);
    if (url.host !== 'ghcr.io' && url.host !== world.host) return undefined;
    const headers = Object.fromEntries(request.headers);
    return world.fetch(`http://${world.host}${url.pathname}${url.search}`, { method: request.method, headers });
  };
  const docker = join(stage.folder, 'docker');
  mkdirSync(docker);
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths: { 'ghcr.io': { auth: world.auth } } }));
  // Authorities are made at the first signature.
  await world.signed(world.statement((await world.pushImage(false)).image.digest));
  return {
    stage,
    world,
    env: { DOCKER_CONFIG: docker, TRUNKLINE_TRUSTED_ROOT: trustedRootFile(world.folder) },
    close: async () => {
      await stage.close();
      await world.close();
    },
  };
}
