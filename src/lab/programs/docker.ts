import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { dockerCredentials } from '../../registry/docker-credentials.ts';
import { parseImageReference } from '../../registry/image-reference.ts';
import { createRegistryClient } from '../../registry/registry-client.ts';
import { endGroup, startService } from '../deploy/service-process.ts';
import { type ImageConfig, unpackImage } from '../deploy/unpack-image.ts';
import { notKnown, type Program, type ProgramCall, readFlags } from './program.ts';

/** A container that `docker run --detach` started. */
interface Container {
  readonly pid: number;
  readonly port: number;
  readonly root: string;
}

/**
 * docker, as far as a job tries an image with it: what would run in a container runs as a process of this machine, as
 * the lab's deploy target runs it. A service has to listen on PORT, whatever the image exposes.
 */
export const docker: Program = async (call) => {
  const [command = '', ...rest] = call.words;
  const known = commands[command];
  if (known === undefined) throw notKnown('docker', command);
  return known(rest, call);
};

const commands: Readonly<Record<string, (words: readonly string[], call: ProgramCall) => Promise<number>>> = {
  run,
  pull: async (words, call) => {
    const [name = ''] = readFlags(words, { program: 'docker pull', values: {}, switches: ['--quiet', '-q'] }).rest;
    const image = parseImageReference(name);
    const found = await registryOf(call).resolve(image);
    if (found === undefined) throw new TrunklineError('NOT_FOUND', `manifest for ${name} not found: manifest unknown`);
    call.ports.stdout.write(`Digest: ${found.digest}\n${name}\n`);
    return 0;
  },
  port: async ([name = '', port = ''], call) => {
    if (port === '') throw notKnown('docker port', 'all ports at once');
    call.ports.stdout.write(`127.0.0.1:${container(call, name).port}\n`);
    return 0;
  },
  logs: async ([name = ''], call) => {
    container(call, name);
    const file = logOf(call, name);
    call.ports.stdout.write(existsSync(file) ? readFileSync(file, 'utf8') : '');
    return 0;
  },
  stop: end,
  kill: end,
  rm: end,
};

async function run(words: readonly string[], call: ProgramCall): Promise<number> {
  const { values, switches, rest } = readFlags(
    words,
    {
      program: 'docker run',
      values: {
        '--name': 'name',
        '--publish': 'publish',
        '-p': 'publish',
        '--env': 'env',
        '-e': 'env',
        '--entrypoint': 'entry',
      },
      switches: ['--detach', '-d', '--rm', '--interactive', '-i', '--init', '--read-only'],
    },
    true,
  );
  const [image = '', ...command] = rest;
  const name = values.get('name')?.at(-1) ?? `lab-${Buffer.from(call.ports.random(6)).toString('hex')}`;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name))
    throw new TrunklineError('INPUT_INVALID', `Invalid container name (${name})`);
  const folder = folderOf(call, name);
  if (existsSync(folder))
    throw new TrunklineError('INPUT_INVALID', `Conflict. The container name "/${name}" is already in use.`);
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true });
  const unpacked = await unpackImage(registryOf(call), parseImageReference(image), root);
  const env = (values.get('env') ?? []).map((one) => (one.includes('=') ? one : `${one}=${call.ports.env[one] ?? ''}`));
  const entry = values.get('entry')?.at(-1);
  // [[address:]host:]container: a free port where none of this machine is named.
  const published = Number(/(\d+):\d+(?:\/tcp)?$/.exec(values.get('publish')?.[0] ?? '')?.[1] ?? 0) || undefined;
  const config: ImageConfig = {
    ...unpacked,
    Env: [...(unpacked.Env ?? []), ...env],
    ...(entry === undefined ? {} : { Entrypoint: [entry], Cmd: [] }),
    ...(command.length === 0 ? {} : { Cmd: command }),
  };
  if (switches.has('--detach') || switches.has('-d')) {
    const process = await startService({
      config,
      root,
      logFile: logOf(call, name),
      trackingId: call.ports.env['RUNNER_TRACKING_ID'] ?? '',
      mark: {},
      env: call.ports.env,
      reach: {},
      clock: call.ports.clock,
      patience: 10_000,
      ...(published === undefined ? {} : { port: published }),
    });
    writeFileSync(join(folder, 'container.json'), JSON.stringify({ ...process, root }));
    call.ports.stdout.write(`${name}\n`);
    return 0;
  }
  try {
    return await inForeground(config, root, call);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The image's command, or the one that is given, to its end. */
function inForeground(config: ImageConfig, root: string, { ports }: ProgramCall): Promise<number> {
  const [program = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const pairs = (config.Env ?? []).map(
    (one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const,
  );
  const env = Object.fromEntries(pairs.filter(([key]) => key !== 'PATH'));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: join(root, config.WorkingDir ?? ''),
      env: { ...env, PATH: ports.env['PATH'] ?? '', HOME: root },
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
}

async function end(words: readonly string[], call: ProgramCall): Promise<number> {
  const { rest } = readFlags(words, {
    program: 'docker',
    values: { '--time': 'time', '-t': 'time', '--signal': 'signal' },
    switches: ['--force', '-f', '--volumes', '-v'],
  });
  for (const name of rest) {
    const { pid } = container(call, name);
    await endGroup(pid, call.ports.clock);
    await rm(folderOf(call, name), { recursive: true, force: true });
    call.ports.stdout.write(`${name}\n`);
  }
  return 0;
}

function container(call: ProgramCall, name: string): Container {
  const file = join(folderOf(call, name), 'container.json');
  if (/^[\w.-]+$/.test(name) && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Container;
  throw new TrunklineError('NOT_FOUND', `No such container: ${name}`);
}

const folderOf = ({ ports }: ProgramCall, name: string): string =>
  join(ports.env['RUNNER_TEMP'] ?? ports.cwd, '_docker', name);
const logOf = (call: ProgramCall, name: string): string => join(folderOf(call, name), 'log');

const registryOf = ({ ports }: ProgramCall) =>
  createRegistryClient({ fetch: ports.fetch, clock: ports.clock, credentials: dockerCredentials(ports.env) });
