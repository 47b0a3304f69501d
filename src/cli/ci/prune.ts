import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { applyPrune, deleteManifest, deleteVersion } from '../../apply/prune.ts';
import { type Kept, type PrunePlan, planPrune } from '../../delivery/prune/plan-prune.ts';
import { TrunklineError } from '../../errors.ts';
import { readCredentials } from '../../github/credentials.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import { type Digest, shortDigest } from '../../model/digest.ts';
import type { Ports } from '../../ports.ts';
import { openEcr } from '../../registry/ecr.ts';
import { parseImageReference } from '../../registry/image-reference.ts';
import type { ImageRepository, Removal } from '../../registry/registry-client.ts';
import { listGhcr } from '../../state/prune/list-ghcr.ts';
import { type Listed, listTagged, readInventory } from '../../state/prune/read-inventory.ts';
import { readUsed, requireHistory, type Used } from '../../state/prune/used-digests.ts';
import { openInfra } from '../../state/see/open-infra.ts';
import { durationOption } from '../delivery/options.ts';
import { clientFor } from '../delivery/session.ts';
import { table } from '../print/table.ts';
import { registryFor } from './sign/signed-image.ts';

const listings = ['tags', 'ghcr', 'ecr'] as const;
type Listing = (typeof listings)[number];
const day = 86_400_000;

interface PruneOptions {
  readonly infra: readonly string[];
  readonly window?: number;
  readonly minimumAge?: number;
  readonly keepNewest?: number;
  readonly keepTag: readonly string[];
  readonly list: Listing;
  readonly delete?: true;
  readonly json?: true;
}

/** `trunkline ci prune`: tells what would go, and why; deletes only when told to. */
export function pruneCommand(ports: Ports): Command {
  return new Command('prune')
    .description(
      'Lists, and with --delete takes away, images that nothing uses. What runs, ran lately, is held or young stays.',
    )
    .argument('<image>', 'without tag or digest: ghcr.io/acme/api')
    .requiredOption(
      '--infra <folder or name>',
      'a clone of the infra repository, with its whole history; or owner/name, which is cloned (again for each further one)',
      (text: string, others: readonly string[] = []) => [...others, text],
    )
    .option(
      '--window <duration>',
      'whatever was pinned since then stays: rollbacks may want it (default: 90d)',
      durationOption,
    )
    .option('--minimum-age <duration>', 'nothing younger goes (default: 7d)', durationOption)
    .option('--keep-newest <count>', 'so many tagged images stay; without it all tagged ones do', wholeNumber)
    .option('--keep-tag <tag...>', 'stays whatever its age; * stands for anything', [])
    .option(
      '--list <how>',
      'tags: what tags lead to; ghcr, ecr: all there is, by GitHub’s or AWS’ API',
      listOption,
      'tags',
    )
    .option('--delete', 'carry it out')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci prune ghcr.io/acme/api --infra ../infra --keep-newest 10 --list ghcr',
    )
    .action((text: string, options: PruneOptions) => run(ports, text, options));
}

async function run(ports: Ports, text: string, options: PruneOptions): Promise<void> {
  const { registry: host, repository, tag, digest } = parseImageReference(text);
  if (tag !== undefined || digest !== undefined)
    throw new TrunklineError('INPUT_INVALID', `expected an image without tag or digest, found "${text}"`);
  const place: ImageRepository = { registry: host, repository };
  const now = ports.clock.now();
  for (const one of options.infra) if (!isName(ports, one)) await requireHistory(resolve(ports.cwd, one));
  const { listed, take } = await open(ports, place, options);
  const items = await readInventory(registryFor(ports), place, listed, (done, known) => {
    if (ports.stderr.isTTY && done % 25 === 0) ports.stderr.write(`\r${done} of ${known} manifests read`);
  });
  if (ports.stderr.isTTY) ports.stderr.write('\r');
  // As late as can be: what is pinned while the registry is read counts, too.
  const used = await readUsedOf(ports, options, new Set(items.flatMap((one) => one.tags)));
  const patterns = options.keepTag.map(globTest);
  const planWith = (kept: ReadonlyMap<Digest, string>): PrunePlan =>
    planPrune(items, {
      used: new Map([...kept, ...used.digests]),
      usedTags: used.tags,
      keepTag: (one) => patterns.some((fits) => fits(one)),
      minimumAge: options.minimumAge ?? 7 * day,
      now,
      ...(options.keepNewest === undefined ? {} : { keepNewest: options.keepNewest }),
    });
  let plan = planWith(new Map());
  if (options.delete !== true) return print(ports, options, plan, []);
  const byDigest = new Map(plan.remove.map((one) => [one.digest, one]));
  const gone: Kept[] = [];
  try {
    plan = await applyPrune(planWith, take, ports.interrupted, (digest) => {
      const one = byDigest.get(digest);
      if (one !== undefined) gone.push(one);
    });
  } finally {
    print(ports, options, plan, gone);
  }
}

/** What the registry lists, and how it is told to let one go. */
async function open(
  ports: Ports,
  place: ImageRepository,
  options: PruneOptions,
): Promise<{ readonly listed: readonly Listed[]; readonly take: (digest: Digest) => Promise<Removal> }> {
  if (options.list === 'ghcr') {
    const github = clientFor(ports, place.repository, options.delete !== true, readCredentials(ports.env, 'job'));
    const found = await listGhcr(github, place);
    return { listed: found.versions, take: deleteVersion(github, found) };
  }
  if (options.list === 'ecr') {
    const ecr = openEcr(ports, place);
    return { listed: await ecr.list(), take: (digest) => ecr.remove(digest) };
  }
  const registry = registryFor(ports);
  return { listed: await listTagged(registry, place), take: deleteManifest(registry, place) };
}

/** What infra repositories use together. */
async function readUsedOf(
  ports: Ports,
  { infra, window = 90 * day }: PruneOptions,
  tags: ReadonlySet<string>,
): Promise<Used> {
  const since = new Date(ports.clock.now() - window);
  const all: Used[] = [];
  for (const one of infra) all.push(await readUsedIn(ports, one, since, tags));
  return {
    digests: new Map(all.flatMap(({ digests }) => [...digests])),
    tags: new Set(all.flatMap((one) => [...one.tags])),
  };
}

/** Out of a clone that is there, or one that is made and taken away again. */
async function readUsedIn(ports: Ports, infra: string, since: Date, tags: ReadonlySet<string>): Promise<Used> {
  if (!isName(ports, infra)) return readUsed(resolve(ports.cwd, infra), since, tags);
  const github = clientFor(ports, infra, true, readCredentials(ports.env));
  const clone = await openInfra({
    cwd: ports.cwd,
    repository: infra,
    github,
    branches: 'all',
    serverUrl: ports.env['GITHUB_SERVER_URL'] ?? 'https://github.com',
  });
  try {
    return await readUsed(clone.folder, since, tags);
  } finally {
    clone.close();
  }
}

/** `owner/name`, and no folder. */
function isName({ cwd }: Pick<Ports, 'cwd'>, infra: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(infra) && !existsSync(resolve(cwd, infra));
}

function print(ports: Ports, options: PruneOptions, plan: PrunePlan, done: readonly Kept[]): void {
  const dryRun = options.delete !== true;
  const verb = dryRun ? 'would go' : 'gone';
  const summary = `${plan.keep.length} stay, ${dryRun ? plan.remove.length : done.length} ${dryRun ? 'would go' : `of ${plan.remove.length} are gone`}`;
  if (options.json === true) {
    ports.stdout.write(
      `${JSON.stringify({ dryRun, ...plan, removed: done.map((one) => one.digest) }, undefined, 2)}\n`,
    );
  } else {
    const rows = [
      ...plan.keep.map((one) => ['stays', ...row(one)]),
      ...(dryRun ? plan.remove : done).map((one) => [verb, ...row(one)]),
    ];
    ports.stdout.write(
      `${table([['', 'digest', 'tags', 'because'], ...rows])}\n\n${summary}${dryRun ? '; --delete carries it out' : ''}\n`,
    );
  }
  appendSummary(ports, `- prune: ${summary}`);
}

function row({ digest, tags, reason }: Kept): string[] {
  return [shortDigest(digest), tags.slice(0, 3).join(', ') + (tags.length > 3 ? ', …' : ''), reason];
}

/** `v*` and the like, whole; split at the stars, so that no pattern takes long. */
function globTest(glob: string): (tag: string) => boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  return (tag) => {
    if (last === undefined) return tag === first;
    if (!tag.startsWith(first) || !tag.endsWith(last) || tag.length < first.length + last.length) return false;
    let at = first.length;
    for (const part of rest) {
      const found = tag.indexOf(part, at);
      if (found === -1 || found + part.length > tag.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}

function wholeNumber(text: string): number {
  if (!/^(?:0|[1-9][0-9]{0,5})$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
}

function listOption(text: string): Listing {
  const found = listings.find((one) => one === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError('expected tags, ghcr or ecr.');
}
