import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobFolders } from '../job/job-folders.ts';
import type { JobLog } from '../job/job-log.ts';
import { splitArguments } from '../job/shell.ts';
import type { ContainerEngine } from './container-engine.ts';
import { environmentInContainer, inContainer, type Mount, mountArguments, onHost } from './container-mounts.ts';
import type { ContainerSpec } from './container-spec.ts';
import { EngineSession, environmentArguments } from './engine-session.ts';
import { LabGateway } from './lab-gateway.ts';
import { ownerLabel } from './left-behind.ts';
import { pullImage } from './pull-image.ts';
import { type StartedService, waitForServices } from './service-health.ts';

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
  readonly #session: EngineSession;
  readonly #started: { readonly id: string; readonly name: string; readonly service: boolean }[] = [];
  readonly #images: string[] = [];
  #network: Promise<{ name: string; gateway: LabGateway }> | undefined;

  constructor(options: JobContainersOptions) {
    this.#options = options;
    this.#label = `trunkline.job=${options.jobId}-${randomUUID().slice(0, 8)}`;
    const { engine, log, folders, signal } = options;
    this.#session = new EngineSession({ engine, log, cwd: folders.temp, signal });
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

  /** Where a container action sees them. */
  get #actionMounts(): readonly Mount[] {
    const { folders } = this.#options;
    return [
      { source: folders.workspace, target: '/github/workspace' },
      { source: folders.temp, target: '/github/runner_temp' },
      { source: folders.commands, target: '/github/file_commands' },
      { source: join(folders.temp, '_github_workflow'), target: '/github/workflow' },
      { source: this.home, target: '/github/home' },
      ...this.#labFiles(),
    ];
  }

  /** A path that a command names from within a container, as this machine has it. */
  hostPath(path: string): string {
    return onHost([...this.mounts, ...this.#actionMounts], path);
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
    const env = await this.#session.ask(['inspect', '--format', '{{range .Config.Env}}{{println .}}{{end}}', id]);
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
    const lines = await this.#session.ask(['port', id]);
    const ports = lines.flatMap((line) => {
      const match = /^(\d+)\/\w+ -> .*:(\d+)$/.exec(line.trim());
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const];
    });
    log.line('##[endgroup]');
    return { id, ports: Object.fromEntries(ports), network: await this.networkName() };
  }

  waitForServices(services: readonly StartedService[]): Promise<void> {
    return waitForServices(this.#session, services, this.#options);
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
    const code = await this.#session.say(['build', '-t', name, '-f', dockerfile, context], { cwd: folders.temp });
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
    const mounts = this.#actionMounts;
    const { name, gateway } = await this.#open();
    const env = await gateway.translate(environmentInContainer(mounts, action.env));
    return {
      file: engine.program,
      args: [
        'run',
        '--rm',
        '--label',
        this.#label,
        '--label',
        ownerLabel(),
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
        await this.#session.say(['logs', id], { ending: 'ending' });
      }
      log.line(`Stop and remove container: ${name}`);
      await this.#session.remove(id);
    }
    const network = await this.#network?.catch(() => undefined);
    const images = this.#images.splice(0);
    if (images.length > 0) await this.#session.ask(['rmi', '--force', ...images], { ending: 'ending' }).catch(() => []);
    if (network === undefined) return;
    const left = await this.#session
      .ask(['ps', '--all', '--quiet', '--filter', `label=${this.#label}`], { ending: 'ending' })
      .catch(() => []);
    for (const id of left) if (id.trim() !== '') await this.#session.remove(id.trim());
    network.gateway.close();
    log.line(`Remove container network: ${network.name}`);
    await this.#session.say(['network', 'rm', network.name], { ending: 'ending' });
  }

  #open(): Promise<{ name: string; gateway: LabGateway }> {
    this.#network ??= (async () => {
      const name = `github_network_${randomUUID().replaceAll('-', '')}`;
      await this.#session.ask(['network', 'create', '--label', this.#label, '--label', ownerLabel(), name]);
      const shown = (await this.#session.ask(['network', 'inspect', name])).join('');
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
    const { github, folders } = this.#options;
    const login = { actor: String(github['actor']), token: String(github['token']), temp: folders.temp };
    await pullImage(this.#session, spec, login);
    const name = `${`${alias}_${spec.image}`.replaceAll(/[^A-Za-z0-9]/g, '')}_${randomUUID().slice(0, 6)}`;
    const values = { CI: 'true', ...spec.env, ...env };
    const { engine } = this.#session;
    const asking = { ...engine, env: { ...values, ...engine.env } };
    const [id = ''] = await this.#session.ask(
      [
        'create',
        '--name',
        name,
        '--label',
        this.#label,
        '--label',
        ownerLabel(),
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
      { engine: asking },
    );
    const container = id.trim();
    this.#started.push({ id: container, name, service: alias !== 'job' });
    await this.#session.ask(['start', container]);
    return container;
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
}
