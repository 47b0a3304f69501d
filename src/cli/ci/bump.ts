import type { Command } from 'commander';
import { type Offer, planBump, tracking } from '../../delivery/bump.ts';
import { requireService } from '../../delivery/change.ts';
import { gatherBumps } from '../../delivery/gather-bumps.ts';
import type { State } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import { readPin } from '../../manifest/manifest.ts';
import { parseDigest } from '../../model/digest.ts';
import { parseSource, requireTag } from '../../model/release.ts';
import type { Ports } from '../../ports.ts';
import { readStandings } from '../../state/read-standings.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand, refOption } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from '../delivery/session.ts';

interface BumpOptions extends CommonOptions {
  readonly service: string;
  readonly digest: string;
  readonly image?: string;
  readonly source?: string;
  readonly ref?: string;
  readonly tag?: string;
  readonly inRegistry?: boolean;
}

export function bumpCommand(ports: Ports): Command {
  return deliveryCommand(
    'bump',
    'propose a release to the environments that its route leads to',
    'trunkline ci bump --service orders --digest sha256:… --image ghcr.io/acme/orders --source acme/app@<sha>',
  )
    .requiredOption('--service <name>', 'which one')
    .requiredOption('--digest <digest>', 'sha256: and 64 hexadecimal digits')
    .option('--image <name>', 'the image without tag or digest, for a first release')
    .option('--source <owner/repo@sha>', 'the commit it was built from: guards against going back')
    .option('--tag <tag>', 'a tag of the image: a label, where the manifest keeps one, and what routes by suffix go by')
    .option('--ref <ref>', 'the ref it was published from, such as refs/heads/main', refOption)
    .option('--in-registry', 'ask the registry, with the logins that docker keeps: refused where it has no such image')
    .action(async (options: BumpOptions) => {
      const digest = parseDigest(options.digest);
      const source = options.source === undefined ? undefined : parseSource(options.source);
      if (options.source !== undefined && source === undefined) {
        throw new TrunklineError(
          'INPUT_INVALID',
          `expected --source owner/repo@<40 hexadecimal digits>, found "${options.source}"`,
        );
      }
      const session = await openSession(ports, options);
      const request = await readRequest(ports, session.github);
      const offer: Offer = {
        service: options.service,
        digest,
        ...(source === undefined ? {} : { source }),
        ...(options.image === undefined ? {} : { image: options.image }),
        ...(options.ref === undefined ? {} : { ref: options.ref }),
        ...(options.tag === undefined ? {} : { tag: requireTag(options.tag) }),
      };
      await finish(ports, session, options, async () => {
        const state = await readState(session.github, {
          ...session,
          releases: offer.source !== undefined,
          enough: () => true,
          now: ports.clock.now(),
        });
        requireService(state, offer.service);
        if (options.inRegistry === true) await requireInRegistry(ports, state, offer);
        const plan = planBump(state, offer, await readStandings(session.github, state, offer), request);
        return gatherBumps(state, plan, request);
      });
    });
}

/** The image by this digest, under the name that is given or that is pinned already. @throws DIGEST_NOT_FOUND, REGISTRY_FAILED, INPUT_INVALID */
async function requireInRegistry(ports: Ports, state: State, offer: Offer): Promise<void> {
  const { service, digest } = offer;
  const pinned = tracking(state, offer).map(({ name }) => readPin(state.config, state.files, service, name)?.image);
  const image = offer.image ?? pinned.find((one) => one !== undefined);
  if (image === undefined)
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected --image beside --in-registry, found no name of ${service} pinned`,
    );
  const { imageByDigest, registryFor } = await import('./sign/signed-image.ts');
  await registryFor(ports).getManifest(imageByDigest(`${image}@${digest}`));
}
