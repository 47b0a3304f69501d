import type { Command } from 'commander';
import { requireService } from '../../delivery/change.ts';
import { type HotfixRequest, planHotfix } from '../../delivery/hotfix-ship.ts';
import { wayEnough } from '../../delivery/rollback.ts';
import type { PublishedRelease, State } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import { readPin } from '../../manifest/manifest.ts';
import { type Digest, parseDigest } from '../../model/digest.ts';
import { skippableGates } from '../../model/gates.ts';
import type { Ports } from '../../ports.ts';
import { reachBack } from '../../state/older-deployments.ts';
import { readPublished } from '../../state/published.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand, saidOption } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from '../delivery/session.ts';

interface ShipOptions extends CommonOptions {
  readonly to: string;
  readonly release: string;
  readonly reason: string;
  readonly incident: string;
  readonly skip?: string;
}

export function shipCommand(ports: Ports): Command {
  return deliveryCommand(
    'ship',
    'bring a release of a hotfix branch to an environment past named gates, on record with its debt',
    'trunkline hotfix ship orders --to prod --release sha256:… --reason "logins fail" --incident INC-7',
  )
    .argument('<service>', 'which one')
    .requiredOption('--to <environment>', 'where it goes')
    .requiredOption('--release <digest>', 'what the hotfix branch published')
    .requiredOption('--reason <text>', 'why', saidOption)
    .requiredOption('--incident <reference>', 'what it mends', saidOption)
    .option('--skip <gates>', `of ${skippableGates.join(', ')}, by commas (by default all that hotfix.skip allows)`)
    .action(async (service: string, options: ShipOptions) => {
      const digest = parseDigest(options.release);
      const skip = readSkip(options.skip);
      const session = await openSession(ports, { ...options, urgent: true });
      const { github } = session;
      const request = await readRequest(ports, github);
      await finish(ports, session, options, async () => {
        const now = ports.clock.now();
        const read = await readState(github, { ...session, deployments: [options.to], now });
        requireService(read, service);
        const state = await reachBack(github, read, [
          { service, environment: options.to, enough: (records) => records.length >= wayEnough },
        ]);
        const pinned = state.config.environments.some((one) => one.name === options.to)
          ? readPin(state.config, state.files, service, options.to)?.digest
          : undefined;
        const published = await readPublished(github, { ...state.config, infra: state.repository }, (page) =>
          [digest, pinned].every((wanted) => wanted === undefined || page.some((one) => one.digest === wanted)),
        );
        const record = published.find((one) => one.service === service && one.digest === digest);
        return planHotfix(state, {
          ...request,
          service,
          to: options.to,
          digest,
          record,
          reason: options.reason,
          incident: options.incident,
          skip,
          lines: await changedLines(github, published, state, service, pinned, record),
        });
      });
    });
}

/** @throws INPUT_INVALID */
function readSkip(text: string | undefined): HotfixRequest['skip'] {
  return text?.split(',').map((word) => {
    const gate = skippableGates.find((one) => one === word.trim());
    if (gate !== undefined) return gate;
    throw new TrunklineError('INPUT_INVALID', `expected gates of ${skippableGates.join(', ')}, found "${word.trim()}"`);
  });
}

/** Lines that the hotfix adds and takes away, from where it left what runs. */
async function changedLines(
  github: GitHub,
  published: readonly PublishedRelease[],
  { config }: State,
  service: string,
  pinned: Digest | undefined,
  hotfix: PublishedRelease | undefined,
): Promise<number | undefined> {
  const accepted = config.accept.filter((one) => one.services.has(service)).map((one) => one.repository);
  const base = published.find((one) => one.service === service && one.digest === pinned)?.source;
  const head = hotfix?.source;
  if (base === undefined || head === undefined || base.repository !== head.repository) return undefined;
  if (!accepted.includes(head.repository)) return undefined;
  const [owner = '', repo = ''] = head.repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead: `${base.commit}...${head.commit}`,
    });
    // GitHub lists three hundred files at most: what is larger is no hotfix.
    if ((data.files?.length ?? 0) >= 300) return Number.MAX_SAFE_INTEGER;
    return data.files?.reduce((sum, file) => sum + file.additions + file.deletions, 0);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
