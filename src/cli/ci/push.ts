import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { TrunklineError } from '../../errors.ts';
import { readCredentials } from '../../github/credentials.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import { parseDigest, shortDigest } from '../../model/digest.ts';
import type { Ports } from '../../ports.ts';
import { pushArchive } from '../../registry/archive/push-archive.ts';
import { readArchive } from '../../registry/archive/read-archive.ts';
import { bodyOf } from '../../registry/body-of.ts';
import { isRepositoryName, isTag, parseImageReference } from '../../registry/image-reference.ts';
import { unzipFile } from '../../runner/actions/artifacts/zip-reader.ts';
import { openArtifact } from '../../state/release/open-artifact.ts';
import { clientFor, currentRepository } from '../delivery/session.ts';
import { registryFor } from './sign/signed-image.ts';

interface PushOptions {
  readonly artifact?: string;
  readonly commit?: string;
  readonly repository?: string;
  readonly digest?: string;
  readonly tag: readonly string[];
  readonly mountFrom?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `trunkline ci push`: the archive that CI built and tested goes to the registry, byte for byte. */
export function pushCommand(ports: Ports): Command {
  return new Command('push')
    .description(
      'Pushes an image’s archive as it was built: an OCI layout, or what docker save writes. The same archive is the same ' +
        'digest, so what was tested is what is shipped. Outputs: digest, image.',
    )
    .argument('<archive>', 'the file; with --artifact, its name in there')
    .argument('<image>', 'where to, without tag or digest: ghcr.io/acme/api')
    .option('--artifact <name>', 'out of this artifact of the run that built the commit, never of another')
    .option('--commit <sha>', 'whose build, with --artifact (by default the run’s own)')
    .option('--repository <owner/name>', 'whose run, with --artifact (by default the one this is run in)')
    .option('--digest <digest>', 'what it must be, as the job that tested it said')
    .option('--tag <tag...>', 'labels for people; nothing is deployed by them', [])
    .option('--mount-from <repository>', 'of the same registry: layers that it has are not uploaded')
    .option('--dry-run', 'read and check it, say its digest, push nothing')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline ci push image.tar ghcr.io/acme/api --digest "$DIGEST"\n  $ trunkline ci push image.tar ghcr.io/acme/api --artifact image --commit "$GITHUB_SHA"',
    )
    .action((archive: string, image: string, options: PushOptions) => run(ports, archive, image, options));
}

async function run(ports: Ports, archive: string, text: string, options: PushOptions): Promise<void> {
  const { registry: host, repository, tag, digest: pinned } = parseImageReference(text);
  if (tag !== undefined || pinned !== undefined)
    throw new TrunklineError('INPUT_INVALID', `expected an image without tag or digest, found "${text}"`);
  const wrong = options.tag.find((one) => !isTag(one));
  if (wrong !== undefined) throw new TrunklineError('INPUT_INVALID', `expected a tag, found "${wrong}"`);
  if (options.mountFrom !== undefined && !isRepositoryName(options.mountFrom))
    throw new TrunklineError('INPUT_INVALID', `expected a repository such as acme/base, found "${options.mountFrom}"`);
  const wanted = options.digest === undefined ? undefined : parseDigest(options.digest);
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-push-'));
  try {
    const file =
      options.artifact === undefined
        ? resolve(ports.cwd, archive)
        : await artifactFile(ports, archive, { ...options, artifact: options.artifact }, folder);
    if (!existsSync(file))
      throw new TrunklineError('NOT_FOUND', `expected an image's archive in ${archive}, found no such file`);
    const unpacked = join(folder, 'image');
    await mkdir(unpacked);
    const image = await readArchive(file, unpacked);
    if (wanted !== undefined && image.digest !== wanted)
      throw new TrunklineError('ARCHIVE_INVALID', `expected ${wanted} in ${archive}, found ${image.digest}`, {
        hint: 'ship what was tested: the archive must be that of the same run',
      });
    if (options.dryRun !== true)
      await pushArchive(registryFor(ports), { registry: host, repository }, image, {
        tags: options.tag,
        ...(options.mountFrom === undefined ? {} : { mountFrom: options.mountFrom }),
      });
    const name = `${host}/${repository}@${image.digest}`;
    setOutput(ports, 'digest', image.digest);
    setOutput(ports, 'image', name);
    const done = options.dryRun === true ? 'would push' : 'pushed';
    ports.stdout.write(
      options.json === true
        ? `${JSON.stringify({ dryRun: options.dryRun === true, image: name, digest: image.digest, tags: options.tag })}\n`
        : `${done} ${name}\n`,
    );
    appendSummary(ports, `- ${done} ${host}/${repository}@${shortDigest(image.digest)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The file, out of the artifact that the commit's own run uploaded. @throws NOT_FOUND where there is none, or it has expired */
async function artifactFile(
  ports: Ports,
  archive: string,
  options: PushOptions & { readonly artifact: string },
  folder: string,
): Promise<string> {
  const commit = options.commit ?? readRun(ports.env).sha;
  const repository = options.repository ?? (await currentRepository(ports));
  if (commit === undefined || repository === undefined)
    throw new TrunklineError(
      'INPUT_INVALID',
      'expected --commit and --repository with --artifact, or a job, found neither',
    );
  const github = clientFor(ports, repository, true, readCredentials(ports.env, 'job'));
  const { response, run } = await openArtifact(ports, github, repository, commit, options.artifact);
  const zip = join(folder, 'artifact.zip');
  const unpacked = join(folder, 'artifact');
  await mkdir(unpacked);
  await pipeline(await bodyOf(response), createWriteStream(zip));
  const names = await unzipFile(zip, unpacked);
  if (names.includes(archive)) return join(unpacked, archive);
  throw new TrunklineError(
    'NOT_FOUND',
    `expected ${archive} in the artifact "${options.artifact}" of run ${run}, found ${names.join(', ') || 'nothing'}`,
  );
}
