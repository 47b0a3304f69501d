import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobFolders } from '../job/job-folders.ts';
import type { JobLog } from '../job/job-log.ts';
import { splitArguments } from '../job/shell.ts';
import type { ContainerEngine } from './container-engine.ts';
import { environmentInContainer, inContainer, type Mount, mountArguments } from './container-mounts.ts';
import type { ContainerSpec } from './container-spec.ts';
import { askEngine, callEngine, loginEngine } from './engine-cli.ts';
import { LabGateway } from './lab-gateway.ts';

export interface JobContainersOptions {
  readonly engine: ContainerEngine;
  readonly jobId: number;
  readonly folders: JobFolders;
  /** Where published actions are kept. */
  readonly actions: string;
  readonly log: JobLog;
  /** CI, RUNNER_* and what the lab adds: paths in it are seen by containers too. */
  readonly base: Readonly<Record<string, string>>;
  readonly github: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

export interface ServiceContext {
  readonly id: string;
  readonly ports: Readonly<Record<string, string>>;
  readonly network: string;
}

export interface HostProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The node that is mounted for JavaScript actions in a job container. */
const nodeInContainer = '/__e/node/bin/node';

/**
 * A job's containers on their own network: the one its steps run in, its services, and those of container actions
 * (actions/runner, ContainerOperationProvider.cs and DockerCommandManager.cs).
 */
export class JobContainers {
  /** The container in which steps run, where the job has one. */
  job: { readonly id: string; readonly path: string } | undefined;
  readonly #options: JobContainersOptions;
  readonly #label: string;
  readonly #started: { readonly id: string; readonly name: string; readonly service: boolean }[] = [];
  readonly #images: string[] = [];
  #network: Promise<{ name: string; gateway: LabGateway }> | undefined;

  constructor(options: JobContainersOptions) {
    this.#options = options;
    this.#label = `trunkline.job=${options.jobId}-${randomUUID().slice(0, 8)}`;
    mkdirSync(this.home, { recursive: true });
  }

  get home(): string {
    return join(this.#options.folders.temp, '_github_home');
  }

  async networkName(): Promise<string> {
    return (await this.#open()).name;
  }

  /** Where the job's container sees this machine's folders. */
  get mounts(): readonly Mount[] {
    const { folders, actions } = this.#options;
    return [
      { source: join(folders.root, 'work'), target: '/__w' },
      { source: folders.temp, target: '/__w/_temp' },
      { source: folders.actions, target: '/__w/_actions' },
      { source: actions, target: '/__w/_published', readOnly: true },
      { source: folders.tools, target: '/__t' },
      { source: this.home, target: '/github/home' },
      { source: join(folders.temp, '_github_workflow'), target: '/github/workflow' },
      { source: process.execPath, target: nodeInContainer, readOnly: true },
      ...this.#labFiles(),
    ];
  }

  /** Starts the container in which the job's steps run. */
  async startJob(spec: ContainerSpec): Promise<void> {
    const { log, folders, actions } = this.#options;
    mkdirSync(actions, { recursive: true });
    log.line('##[group]Starting job container');
    const id = await this.#start(
      spec,
      'job',
      [
        '--workdir',
        inContainer(this.mounts, folders.workspace),
        ...mountArguments([...this.mounts, ...this.#socket()]),
        '--entrypoint',
        'tail',
      ],
      ['-f', '/dev/null'],
      { HOME: '/github/home' },
    );
    const env = await this.#ask(['inspect', '--format', '{{range .Config.Env}}{{println .}}{{end}}', id]);
    this.job = { id, path: env.find((line) => line.startsWith('PATH='))?.slice('PATH='.length) ?? '' };
    log.line('##[endgroup]');
  }

  async startService(name: string, spec: ContainerSpec): Promise<ServiceContext> {
    const { log } = this.#options;
    log.line(`##[group]Starting ${name} service container`);
    const { entrypoint, command } = spec;
    const id = await this.#start(
      spec,
      name,
      ['--network-alias', name, ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint])],
      command === undefined ? [] : splitArguments(command),
    );
    const lines = await this.#ask(['port', id]);
    const ports = lines.flatMap((line) => {
      const match = /^(\d+)\/\w+ -> .*:(\d+)$/.exec(line.trim());
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const];
    });
    log.line('##[endgroup]');
    return { id, ports: Object.fromEntries(ports), network: await this.networkName() };
  }

  /** Waits until the engine's health checks of all services say so. @throws Error in GitHub's words */
  async waitForServices(services: readonly (readonly [string, ContainerSpec, ServiceContext])[]): Promise<void> {
    const { log, signal, engine } = this.#options;
    log.line('##[group]Waiting for all services to be ready');
    const sick: string[] = [];
    for (const [name, spec, { id }] of services) {
      const ask = async (): Promise<string> =>
        (await this.#ask(['inspect', '--format', '{{if .Config.Healthcheck}}{{.State.Health.Status}}{{end}}', id]))
          .join('')
          .trim();
      let health = await ask();
      for (let wait = 500; health === 'starting'; wait = Math.min(wait * 2, 8000)) {
        log.line(`${name} service is starting, waiting ${wait / 1000} seconds before checking again.`);
        await delay(wait, undefined, { signal });
        // podman leaves its checks to systemd, which may not be there.
        if (engine.name === 'podman') await this.#quietly(['healthcheck', 'run', id]);
        health = await ask();
      }
      if (health === '' || health === 'healthy') log.line(`${name} service is healthy.`);
      else {
        sick.push(name);
        await this.#say(['logs', id]);
        log.error(`Failed to initialize container ${spec.image}`);
      }
    }
    log.line('##[endgroup]');
    if (sick.length > 0) throw new Error('One or more containers failed to start.');
  }

  /** A step's program as the engine carries it out in the job's container. */
  async exec(program: HostProgram, prepended: readonly string[]): Promise<HostProgram> {
    const { engine, folders } = this.#options;
    if (this.job === undefined) throw new Error('The job has no container');
    const { PATH: _, HOME: __, ...asked } = program.env;
    const { gateway } = await this.#open();
    const env = await gateway.translate(environmentInContainer(this.mounts, asked));
    const path = [...prepended, this.job.path].filter((part) => part !== '').join(':');
    const file = program.file === process.execPath ? nodeInContainer : program.file;
    return {
      file: engine.program,
      args: [
        'exec',
        '-i',
        '--workdir',
        inContainer(this.mounts, program.cwd),
        ...environmentArguments(engine, env),
        '-e',
        'HOME=/github/home',
        ...(path === '' ? [] : ['-e', `PATH=${path}`]),
        this.job.id,
        file,
        ...program.args.map((argument) => inContainer(this.mounts, argument)),
      ],
      cwd: folders.runnerWorkspace,
      env: { ...env, ...engine.env },
    };
  }

  /** Builds a container action's image from its Dockerfile; answers the image's name. */
  async build(dockerfile: string, context: string): Promise<string> {
    const { log, folders } = this.#options;
    const name = `localhost/trunkline-action:${randomUUID().slice(0, 12)}`;
    log.line('##[group]Building docker image');
    const code = await this.#say(['build', '-t', name, '-f', dockerfile, context], folders.temp);
    log.line('##[endgroup]');
    if (code !== 0) throw new Error(`Docker build failed with exit code ${code}`);
    this.#images.push(name);
    return name;
  }

  /** A container action's image as the engine runs it, once. */
  async run(action: {
    readonly image: string;
    readonly entrypoint?: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }): Promise<HostProgram> {
    const { engine, folders } = this.#options;
    const mounts: readonly Mount[] = [
      { source: folders.workspace, target: '/github/workspace' },
      { source: folders.temp, target: '/github/runner_temp' },
      { source: folders.commands, target: '/github/file_commands' },
      { source: join(folders.temp, '_github_workflow'), target: '/github/workflow' },
      { source: this.home, target: '/github/home' },
      ...this.#labFiles(),
    ];
    const { name, gateway } = await this.#open();
    const env = await gateway.translate(environmentInContainer(mounts, action.env));
    return {
      file: engine.program,
      args: [
        'run',
        '--rm',
        '--label',
        this.#label,
        '--workdir',
        '/github/workspace',
        '--network',
        name,
        ...environmentArguments(engine, env),
        '-e',
        'HOME=/github/home',
        ...mountArguments([...mounts, ...this.#socket()]),
        ...(action.entrypoint === undefined || action.entrypoint === '' ? [] : ['--entrypoint', action.entrypoint]),
        action.image,
        ...action.args,
      ],
      cwd: folders.workspace,
      env: { ...env, ...engine.env },
    };
  }

  /** Stops and removes all of it; what cannot be removed is told. */
  async close(): Promise<void> {
    const { log } = this.#options;
    for (const { id, name, service } of this.#started.splice(0)) {
      if (service) {
        log.line(`Print service container logs: ${name}`);
        await this.#say(['logs', id], undefined, true);
      }
      log.line(`Stop and remove container: ${name}`);
      await this.#say(this.#removal(id), undefined, true);
    }
    const network = await this.#network?.catch(() => undefined);
    const images = this.#images.splice(0);
    if (images.length > 0) await this.#ask(['rmi', '--force', ...images], true).catch(() => []);
    if (network === undefined) return;
    const left = await this.#ask(['ps', '--all', '--quiet', '--filter', `label=${this.#label}`], true).catch(() => []);
    for (const id of left) if (id.trim() !== '') await this.#say(this.#removal(id.trim()), undefined, true);
    network.gateway.close();
    log.line(`Remove container network: ${network.name}`);
    await this.#say(['network', 'rm', network.name], undefined, true);
  }

  /** podman would ask first, and wait. */
  #removal(id: string): readonly string[] {
    return ['rm', '--force', ...(this.#options.engine.name === 'podman' ? ['--time', '0'] : []), id];
  }

  #open(): Promise<{ name: string; gateway: LabGateway }> {
    this.#network ??= (async () => {
      const name = `github_network_${randomUUID().replaceAll('-', '')}`;
      await this.#ask(['network', 'create', '--label', this.#label, name]);
      const shown = (await this.#ask(['network', 'inspect', name])).join('');
      const gateway = /"gateway":\s*"([\d.]+)"/i.exec(shown)?.[1];
      return { name, gateway: new LabGateway(gateway ?? '127.0.0.1') };
    })();
    return this.#network;
  }

  async #start(
    spec: ContainerSpec,
    alias: string,
    more: readonly string[],
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await this.#pull(spec);
    const name = `${`${alias}_${spec.image}`.replaceAll(/[^A-Za-z0-9]/g, '')}_${randomUUID().slice(0, 6)}`;
    const values = { CI: 'true', ...spec.env, ...env };
    const { engine } = this.#options;
    const asking = { ...engine, env: { ...values, ...engine.env } };
    const [id = ''] = await this.#ask(
      [
        'create',
        '--name',
        name,
        '--label',
        this.#label,
        '--network',
        await this.networkName(),
        ...spec.ports.flatMap((port) => ['-p', port]),
        ...splitArguments(spec.options),
        ...environmentArguments(engine, values),
        '-e',
        'GITHUB_ACTIONS=true',
        ...spec.volumes.flatMap((volume) => ['-v', volume]),
        ...more,
        spec.image,
        ...command,
      ],
      false,
      asking,
    );
    const container = id.trim();
    this.#started.push({ id: container, name, service: alias !== 'job' });
    await this.#ask(['start', container]);
    return container;
  }

  /** The image, unless it is here already and no registry answers for it. */
  async #pull(spec: ContainerSpec): Promise<void> {
    const { engine, folders, github } = this.#options;
    const registry = registryOf(spec.image);
    const credentials =
      spec.credentials ??
      (registry === 'ghcr.io' ? { username: String(github['actor']), password: String(github['token']) } : undefined);
    const config = join(folders.temp, `.docker_${randomUUID()}`);
    try {
      if (credentials !== undefined && credentials.username !== '' && credentials.password !== '') {
        mkdirSync(config, { mode: 0o700 });
        await loginEngine(engine, { registry, ...credentials, config });
      }
      const login = !existsSync(config)
        ? []
        : engine.name === 'podman'
          ? ['--authfile', `${config}/auth.json`]
          : ['--config', config];
      const args = engine.name === 'podman' ? ['pull', ...login, spec.image] : [...login, 'pull', spec.image];
      const here = (await this.#quietly(['image', 'inspect', spec.image])) === 0;
      if (here && registry === 'localhost') return;
      const code = await this.#say(args);
      if (code !== 0 && !here) throw new Error(`Docker pull failed with exit code ${code}`);
    } finally {
      rmSync(config, { recursive: true, force: true });
    }
  }

  /** Certificates and the like that the lab's environment names by their path. */
  #labFiles(): readonly Mount[] {
    const { base, folders } = this.#options;
    const paths = Object.entries(base).flatMap(([name, value]) =>
      name === 'PATH' || !value.startsWith('/') || value.startsWith(folders.root) || !existsSync(value) ? [] : [value],
    );
    const preloads = Object.values(base).flatMap((value) => value.match(/(?<=--require[= ])\/\S+/g) ?? []);
    return [...new Set([...paths, ...preloads])]
      .filter((path) => !['/bin/bash', '/bin/sh'].includes(path))
      .map((path) => ({ source: path, target: path, readOnly: true }));
  }

  #socket(): readonly Mount[] {
    const socket = '/var/run/docker.sock';
    return existsSync(socket) ? [{ source: socket, target: socket }] : [];
  }

  #ask(args: readonly string[], ending = false, engine = this.#options.engine): Promise<readonly string[]> {
    return askEngine(engine, args, this.#call(ending));
  }

  #say(args: readonly string[], cwd?: string, ending = false): Promise<number> {
    const { engine, log } = this.#options;
    const call = this.#call(ending);
    log.line(`##[command]${engine.program} ${args.join(' ')}`);
    return callEngine(engine, args, {
      ...call,
      ...(cwd === undefined ? {} : { cwd }),
      onLines: (lines) => log.lines(lines),
    });
  }

  #quietly(args: readonly string[]): Promise<number> {
    return callEngine(this.#options.engine, args, { ...this.#call(false), onLines: () => undefined });
  }

  /** What ends a job must go on when the job is cancelled. */
  #call(ending: boolean): { cwd: string; signal: AbortSignal } {
    const { folders, signal } = this.#options;
    return { cwd: folders.temp, signal: ending ? AbortSignal.timeout(30_000) : signal };
  }
}

/**
 * `-e NAME`: values in the command line would be everybody's to read. Where the engine's own environment has the name
 * with another value, that one would win.
 */
function environmentArguments(engine: ContainerEngine, env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => [
    '-e',
    engine.env[name] === undefined || engine.env[name] === value ? name : `${name}=${value}`,
  ]);
}

/** The registry's host; empty for Docker Hub (DockerUtil.cs). */
function registryOf(image: string): string {
  const parts = image.split('/');
  const [first = ''] = parts;
  return (parts.length === 2 && /[:.]|^localhost$/.test(first)) || parts.length > 2 ? first : '';
}
