import { Command } from 'commander';
import { makeRelease, type ReleaseFile } from '../../apply/github-release.ts';
import type { ServicesConfig } from '../../config/services.ts';
import { placesOf } from '../../delivery/changed-services.ts';
import { releaseNotes } from '../../delivery/release-notes.ts';
import { isNewest, parseVersionTag, type VersionTag, versionsBefore } from '../../delivery/release-tags.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { readCredentials } from '../../github/credentials.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import type { Ports } from '../../ports.ts';
import { isAncestor, readChanges } from '../../state/release/read-changes.ts';
import { readReleases } from '../../state/release/read-releases.ts';
import { readTagCommit } from '../../state/release/tag-commit.ts';
import { clientFor, currentRepository } from '../delivery/session.ts';
import { fetchArtifacts } from './release/fetch-artifacts.ts';
import { localServices } from './release/local-services.ts';
import { evidenceFiles, type Shipped, shippedServices } from './release/shipped.ts';

export interface ReleaseOptions {
  readonly repository?: string;
  readonly tag?: string;
  readonly service?: readonly string[];
  readonly signer?: string;
  readonly artifact: readonly string[];
  readonly trustedRoot?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline ci release`: what a tag's commit was built into becomes a GitHub release. */
export function releaseCommand(ports: Ports): Command {
  return new Command('release')
    .description(
      'Makes the GitHub release of a tag: what was published from the tag’s own commit, the changes since the release ' +
        'before, SBOM and signatures. Run again it changes nothing.',
    )
    .option('--repository <owner/name>', 'the application repository (by default the one this is run in)')
    .option('--tag <tag>', 'a version such as v1.2.0 or orders-v1.2.0 (by default the tag that was pushed)')
    .option('--service <name...>', 'each must have been published from that commit (by default whatever was)')
    .option('--signer <workflow>', 'verify what it signed, and attach SBOM and bundles')
    .option('--artifact <name...>', 'attach artifacts of the run that built that commit', [])
    .option('--trusted-root <file>', 'authorities for --signer')
    .option('--dry-run', 'print the notes and what would be attached; nothing can be written')
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci release --service api --signer .github/workflows/publish.yml')
    .action((options: ReleaseOptions) => run(ports, options));
}

async function run(ports: Ports, options: ReleaseOptions): Promise<void> {
  const repository = options.repository ?? (await currentRepository(ports));
  if (repository === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected to run in the application repository, found no name of it');
  const version = requireVersion(options.tag ?? pushedTag(ports));
  const github = clientFor(ports, repository, options.dryRun === true, readCredentials(ports.env, 'job'));
  const commit = await readTagCommit(github, repository, version.tag);
  refuseMoved(ports, version.tag, commit);
  const services = localServices(ports);
  const shipped = await shippedServices(ports, github, { ...options, repository, commit });
  const previous = await releaseBefore(ports, github, repository, version, commit);
  const places = placesAmong(services, shipped);
  const body = releaseNotes({
    server: ports.env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    repository,
    tag: version.tag,
    commit,
    shipped: shipped.map(({ service, digest, image, signer }) => ({
      service,
      digest,
      ...(image === undefined ? {} : { image }),
      ...(signer === undefined ? {} : { signer }),
    })),
    changes: await readChanges(
      { github, repository, folder: ports.cwd },
      { from: previous.before?.commit, to: commit },
      (path) => places.length === 0 || places.some((one) => one === '.' || path === one || path.startsWith(`${one}/`)),
    ),
    previous: previous.before?.tag,
  });
  const files = [
    ...shipped.flatMap(evidenceFiles),
    ...(await fetchArtifacts(ports, github, repository, commit, options.artifact)),
  ];
  const { tag, prerelease } = version;
  const made =
    options.dryRun === true
      ? undefined
      : await makeRelease(github, repository, {
          tag,
          commit,
          name: tag,
          body,
          prerelease,
          newest: previous.newest,
          files,
        });
  report(ports, options, { tag, commit, body, shipped, files, made });
}

function pushedTag(ports: Ports): string {
  const { ref } = readRun(ports.env);
  if (ref?.startsWith('refs/tags/') === true) return ref.slice('refs/tags/'.length);
  throw new TrunklineError('INPUT_INVALID', `expected a run for a tag, or --tag, found ${ref ?? 'neither'}`, {
    hint: 'on: { push: { tags: ["v*"] } }',
  });
}

function requireVersion(tag: string): VersionTag {
  const version = parseVersionTag(tag);
  if (version !== undefined) return version;
  throw new TrunklineError('INPUT_INVALID', `expected a version as tag, found ${JSON.stringify(tag)}`, {
    hint: 'v1.2.0, v1.2.0-rc.1, orders-v1.2.0',
  });
}

/** The run was started for one commit; whoever moved the tag since means another. @throws CONFLICT */
function refuseMoved(ports: Ports, tag: string, commit: string): void {
  const { ref, sha } = readRun(ports.env);
  if (ref !== `refs/tags/${tag}` || sha === undefined || sha === commit) return;
  throw new TrunklineError(
    'CONFLICT',
    `expected ${tag} where this run found it, at ${sha.slice(0, 12)}, found it at ${commit.slice(0, 12)}`,
    { hint: 'a released tag stays where it is: protect tags by a ruleset, and release under a new one' },
  );
}

/** The nearest released version that lies behind the commit, and whether this one becomes the newest. */
async function releaseBefore(
  ports: Ports,
  github: GitHub,
  repository: string,
  version: VersionTag,
  commit: string,
): Promise<{
  readonly before: { readonly tag: string; readonly commit: string } | undefined;
  readonly newest: boolean;
}> {
  const released = (await readReleases(github, repository)).filter((one) => !one.draft).map((one) => one.tag_name);
  const newest = isNewest(version, released);
  for (const { tag } of versionsBefore(version, released)) {
    const at = await readTagCommit(github, repository, tag);
    if (await isAncestor(ports.cwd, at, commit)) return { before: { tag, commit: at }, newest };
  }
  return { before: undefined, newest };
}

/** Paths of the services that are shipped; none where any change may matter. */
function placesAmong(config: ServicesConfig | undefined, shipped: readonly Shipped[]): readonly string[] {
  const known = shipped.map(({ service }) => config?.services.get(service));
  if (config === undefined || known.includes(undefined)) return [];
  return known.flatMap((one) => (one === undefined ? [] : placesOf(config, one)));
}

function report(
  ports: Ports,
  options: ReleaseOptions,
  found: {
    readonly tag: string;
    readonly commit: string;
    readonly body: string;
    readonly shipped: readonly Shipped[];
    readonly files: readonly ReleaseFile[];
    readonly made: Awaited<ReturnType<typeof makeRelease>> | undefined;
  },
): void {
  const { tag, commit, body, shipped, files, made } = found;
  const [only] = shipped;
  if (shipped.length === 1 && only !== undefined) {
    setOutput(ports, 'digest', only.digest);
    setOutput(ports, 'image', only.image ?? '');
  }
  const images = Object.fromEntries(shipped.map(({ service, digest }) => [service, digest]));
  setOutput(ports, 'digests', JSON.stringify(images));
  setOutput(ports, 'url', made?.url ?? '');
  const attached = files.map((one) => ({ name: one.name, bytes: one.bytes.length }));
  if (options.json === true) {
    const facts = { dryRun: options.dryRun === true, tag, commit, services: images, files: attached, notes: body };
    ports.stdout.write(`${JSON.stringify({ ...facts, ...made }, undefined, 2)}\n`);
  } else if (made === undefined) {
    ports.stdout.write(`would release ${tag} (${commit.slice(0, 12)})\n\n${body}\n\n`);
    for (const { name, bytes } of attached) ports.stdout.write(`would attach ${name} (${bytes} bytes)\n`);
  } else {
    ports.stdout.write(`${tag} ${made.outcome}: ${made.url} (${attached.length} files)\n`);
  }
  if (made !== undefined) appendSummary(ports, `- [${tag}](${made.url}) ${made.outcome}`);
}
