import type { Command } from 'commander';
import { configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { imageOf, releaseUnits, type ServicesConfig } from '../../config/services.ts';
import { suggest } from '../../config/suggest.ts';
import { parseDispatch, type ReleaseDispatch } from '../../delivery/dispatch-payload.ts';
import { TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import { deliveryCredentials, readCredentials } from '../../github/credentials.ts';
import { readEventPayload } from '../../github/event-payload.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import { formatCommand } from '../../github/workflow-commands.ts';
import { type Digest, parseDigest } from '../../model/digest.ts';
import { publishedEnvironment } from '../../model/github-environments.ts';
import { requireTag } from '../../model/release.ts';
import type { Ports } from '../../ports.ts';
import { publishedSchema, readPayload } from '../../state/published.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, clientFor, currentRepository, readLocal } from '../delivery/session.ts';

interface DispatchOptions extends CommonOptions {
  readonly service: string;
  readonly digest: string;
  readonly image?: string;
  readonly tag?: string;
  readonly workflow?: string;
  readonly event?: string;
  readonly payload?: boolean;
  readonly migrationIncompatible?: boolean;
  readonly doorbell: boolean;
}

export function dispatchCommand(ports: Ports): Command {
  return deliveryCommand(
    'dispatch',
    'record a published release where it was built, and tell the infra repository',
    'trunkline ci dispatch --service orders --digest "$DIGEST"',
  )
    .requiredOption('--service <name>', 'which one')
    .requiredOption('--digest <digest>', 'as the build printed it')
    .option('--image <name>', 'the image without tag or digest (by default what trunkline.yaml makes of the service)')
    .option('--tag <tag>', 'a tag of the image, as a label')
    .option('--workflow <file>', 'the infra repository’s workflow that receives (by default receive.yml)')
    .option('--event <type>', 'ring by repository_dispatch of this type instead')
    .option('--payload', 'with --event: say the release in its payload too, with the commit’s message')
    .option(
      '--migration-incompatible',
      'it changes data so that earlier releases cannot run any more (also: a commit with the trailer Migration-Incompatible: true)',
    )
    .option('--no-doorbell', 'record only; a sweep delivers it')
    .action((options: DispatchOptions) => dispatchRelease(ports, options));
}

async function dispatchRelease(ports: Ports, options: DispatchOptions): Promise<void> {
  const digest = parseDigest(options.digest.trim());
  const services = requireServices(readLocal(ports.cwd));
  const units = releaseUnits(services);
  const unit = units.get(options.service);
  if (unit === undefined) {
    const known = [...units.keys()];
    throw new TrunklineError('INPUT_INVALID', `expected a service of ${configPath}, found "${options.service}"`, {
      hint:
        suggest(options.service, known) === undefined
          ? `known: ${known.join(', ')}`
          : `did you mean "${suggest(options.service, known)}"?`,
    });
  }
  const repository = await currentRepository(ports);
  if (repository === undefined)
    throw new TrunklineError(
      'INPUT_INVALID',
      'expected to run in the application repository (GITHUB_REPOSITORY, or a remote called origin), found none',
    );
  const [owner = ''] = repository.split('/');
  const image = options.image ?? imageOf(services, unit, owner);
  const run = readRun(ports.env);
  const commit = run.sha ?? (await git(['rev-parse', 'HEAD'], { cwd: ports.cwd }));
  const ref = run.ref ?? (await git(['rev-parse', '--symbolic-full-name', 'HEAD'], { cwd: ports.cwd }));
  if (readEventPayload(ports.env)['created'] === true && ref.startsWith('refs/heads/hotfixes/')) {
    // The same commit was released before, under its own ref.
    ports.stdout.write(`${ref} was only made by this push: nothing is recorded until a pull request is merged there\n`);
    return;
  }
  const payload = {
    schema: publishedSchema,
    service: unit.name,
    digest,
    image,
    ...(options.tag === undefined ? {} : { tag: requireTag(options.tag) }),
    commit,
    ref,
    ...(run.runUrl === undefined ? {} : { run: run.runUrl }),
  };
  const infra = options.repository ?? services.infra;
  if (options.payload === true && options.event === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --event beside --payload, found none');
  const said = options.payload === true ? await sayRelease(ports.cwd, repository, payload) : undefined;
  if (options.dryRun === true) {
    const lines = [
      `would record ${unit.name} ${digest} of ${commit} in ${repository}`,
      ...(options.doorbell ? [`would ring ${infra}`] : []),
    ];
    ports.stdout.write(
      options.json === true
        ? `${JSON.stringify({ dryRun: true, repository, infra, payload }, undefined, 2)}\n`
        : `${lines.join('\n')}\n`,
    );
    return;
  }
  const github = clientFor(ports, repository, false, readCredentials(ports.env, 'job'));
  const incompatible =
    options.migrationIncompatible === true || (await holdsMigration(github, repository, unit.name, commit));
  const record = await recordRelease(github, repository, commit, digest, {
    ...payload,
    ...(incompatible ? { migration: 'incompatible' } : {}),
  });
  const rung = options.doorbell
    ? await ring(ports, infra, options, services, said)
    : 'the doorbell was not rung, as asked';
  const lines = [
    `${unit.name} ${digest}: ${record.adopted ? 'found' : 'recorded as'} deployment ${record.id} of ${repository}`,
    rung,
  ];
  ports.stdout.write(
    options.json === true
      ? `${JSON.stringify({ record: record.id, payload, doorbell: rung }, undefined, 2)}\n`
      : `${lines.join('\n')}\n`,
  );
  appendSummary(ports, lines.map((line) => `- ${line}`).join('\n'));
}

function requireServices(local: string | undefined): ServicesConfig {
  const { services } = local === undefined ? {} : parseConfig(configPath, local);
  if (services !== undefined) return services;
  throw new TrunklineError(
    'CONFIG_INVALID',
    `expected ${configPath} with kind: Services in this folder, found ${local === undefined ? 'no such file' : 'none'}`,
    {
      hint: 'run this in a checkout of the application repository',
    },
  );
}

/** The release for whoever does not read records; the message is the commit's, letter by letter. */
async function sayRelease(
  cwd: string,
  repository: string,
  payload: Omit<ReleaseDispatch, 'repository' | 'message'>,
): Promise<ReleaseDispatch> {
  const message = await git(['log', '-1', '--format=%B', '--end-of-options', payload.commit], { cwd });
  return parseDispatch({ ...payload, repository, message: message.trimEnd().slice(0, 10_000) });
}

async function recordRelease(
  github: GitHub,
  repository: string,
  commit: string,
  digest: Digest,
  payload: { readonly service: string; readonly ref: string },
  attempt = 1,
): Promise<{ id: number; adopted: boolean }> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data: earlier } = await github.request('GET /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    environment: publishedEnvironment,
    sha: commit,
    per_page: 100,
  });
  const same = earlier.find((one) => {
    const said = readPayload(one.payload);
    // A tag is another way in for the same image, and may lead elsewhere than the branch did.
    const sameWay = said['ref'] === payload.ref || !payload.ref.startsWith('refs/tags/');
    return said['service'] === payload.service && said['digest'] === digest && sameWay;
  });
  if (same !== undefined) return { id: Number(same.id), adopted: true };
  const created = await createRecord(github, repository, commit, `${payload.service} ${digest}`, payload);
  // The answer was lost: whether it is there is seen before it is said again.
  if (created === undefined && attempt === 3)
    throw new TrunklineError('GITHUB_REFUSED', `GitHub recorded no deployment of ${repository}: its answers were lost`);
  if (created === undefined) return recordRelease(github, repository, commit, digest, payload, attempt + 1);
  if ('id' in created) return { id: Number(created.id), adopted: false };
  throw new TrunklineError(
    'GITHUB_REFUSED',
    `GitHub recorded no deployment of ${repository}: ${created.message ?? 'it said nothing'}`,
  );
}

/** Undefined where the answer was lost, and it is not known whether it was done. */
async function createRecord(
  github: GitHub,
  repository: string,
  commit: string,
  description: string,
  payload: { readonly service: string },
): Promise<{ readonly id: number | bigint } | { readonly message?: string } | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
      owner,
      repo,
      ref: commit,
      environment: publishedEnvironment,
      task: 'publish',
      auto_merge: false,
      required_contexts: [],
      description: description.slice(0, 140),
      payload,
      request: { once: true },
    });
    return data;
  } catch (error) {
    if ([500, 502, 503, 504].includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** What a commit carries that earlier releases cannot live with afterwards. */
const migrationMark = /^Migration-Incompatible: *true *$/im;

/** Whether a commit since the release before says so; where that one is not known, whether this commit does. */
async function holdsMigration(github: GitHub, repository: string, service: string, commit: string): Promise<boolean> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data: earlier } = await github.request('GET /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    environment: publishedEnvironment,
    per_page: 100,
  });
  const before = earlier.find((one) => one.sha !== commit && readPayload(one.payload)['service'] === service);
  if (before === undefined) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}', { owner, repo, ref: commit });
    return migrationMark.test(data.commit.message);
  }
  const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
    owner,
    repo,
    basehead: `${before.sha}...${commit}`,
  });
  return data.commits.some((one) => migrationMark.test(one.commit.message));
}

/** A lost doorbell changes nothing: the record is there, and a sweep finds it. */
async function ring(
  ports: Ports,
  infra: string,
  options: DispatchOptions,
  services: ServicesConfig,
  said: ReleaseDispatch | undefined,
): Promise<string> {
  const credentials = deliveryCredentials(ports.env);
  if (credentials === undefined)
    return `the doorbell of ${infra} was not rung: no App or token for it; a sweep delivers the release`;
  const [owner = '', repo = ''] = infra.split('/');
  try {
    const github = clientFor(ports, infra, false, credentials);
    if (options.event !== undefined) {
      await github.request('POST /repos/{owner}/{repo}/dispatches', {
        owner,
        repo,
        event_type: options.event,
        ...(said === undefined ? {} : { client_payload: said }),
      });
      return `rang ${infra} by ${options.event}`;
    }
    const workflow = options.workflow ?? services.receive;
    const { data } = await github.request('GET /repos/{owner}/{repo}', { owner, repo });
    await github.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
      owner,
      repo,
      workflow_id: workflow,
      ref: data.default_branch,
    });
    return `rang ${infra} (${workflow})`;
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    const text = `the doorbell of ${infra} could not be rung (${error.message}); the release is recorded, and a sweep delivers it`;
    if (readRun(ports.env).inActions) ports.stdout.write(`${formatCommand('warning', text)}\n`);
    return text;
  }
}
