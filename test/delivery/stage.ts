import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Exit } from '../../src/cli/exit.ts';
import { TrunklineError } from '../../src/errors.ts';
import { openTestForge, type TestForge } from '../../src/forge/testing/open-test-forge.ts';
import type { Clock, Output, Ports } from '../../src/ports.ts';

export const digests = ['a', 'b', 'c', 'd'].map((letter) => `sha256:${letter.repeat(64)}`) as [
  string,
  string,
  string,
  string,
];

export const config = `kind: Environments
accept:
  acme/app: { services: { api: api-team, web: web-team } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments:
  dev: { track: main, merge: auto }
  staging: { from: dev, approve: { owner: 1 } }
  prod: { from: staging, approve: { owner: 1, platform: 1 } }
`;

const manifest = '{\n  "api": { "image": "", "url": "x" },\n\n  "web": { "image": "", "url": "y" }\n}\n';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: TrunklineError | undefined;
}

export interface Stage {
  readonly forge: TestForge;
  readonly folder: string;
  /** The delivery App's, as a command finds them in its environment. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Runs a command as the delivery App, in no run unless the environment says one. */
  run(
    make: (ports: Ports) => Command,
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
  /** Asks the API as carol, who owns acme; answers the JSON. @throws for anything but 2xx */
  api<T>(method: string, path: string, body?: unknown, token?: string): Promise<T>;
  /** Where git reaches the forge; started when it is first asked for. */
  server(): Promise<string>;
  /** The manifest's pin at main. */
  pin(environment: string, service?: string): Promise<string>;
  /** Commits to the application's main and records a release of it. */
  publish(
    service: string,
    digest: string,
    ref?: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ record: number; commit: string }>;
  /** Every fetch goes through here: answer or throw to pretend that GitHub did; `send` really asks. */
  intercept:
    | ((request: Request, send: () => Promise<Response>) => Promise<Response | undefined> | Response | undefined)
    | undefined;
  /** Waits for what the forge does by itself, such as merges that were armed. @throws unless it holds then */
  until(check: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** acme with its application and infra repositories, the delivery App, and the ruleset that wants the policy's check. */
export async function openStage(
  options: {
    readonly policy?: boolean;
    /** Another trunkline.yaml, and the manifests that it speaks of, by path. */
    readonly config?: string;
    readonly manifests?: Readonly<Record<string, string>>;
    /** The forge's, and the commands' unless they are to wait for nothing. */
    readonly clock?: Clock;
  } = {},
): Promise<Stage> {
  const forge = await openTestForge(options.clock === undefined ? {} : { clock: options.clock });
  const folder = await mkdtemp(join(tmpdir(), 'delivery-'));
  const configured = options.config ?? config;
  await writeFile(join(folder, 'trunkline.yaml'), configured);
  const { admin, tokens } = forge;
  const api = async <T>(method: string, path: string, body?: unknown, token = tokens.carol): Promise<T> => {
    const response = await forge.call(token, method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const put = (repository: string, path: string, text: string): Promise<{ commit: { sha: string } }> =>
    api('PUT', `/repos/acme/${repository}/contents/${path}`, {
      message: `add ${path}`,
      content: Buffer.from(text).toString('base64'),
    });
  for (const name of ['app', 'infra']) await api('POST', '/orgs/acme/repos', { name, auto_init: true });
  const manifests =
    options.manifests ?? Object.fromEntries(['dev', 'staging', 'prod'].map((name) => [`envs/${name}.json`, manifest]));
  for (const [path, text] of Object.entries(manifests)) await put('infra', path, text);
  await put('infra', 'trunkline.yaml', configured);
  admin.createTeam('acme', 'api-team', ['alice', 'bob']);
  admin.createTeam('acme', 'web-team', ['alice']);
  admin.createTeam('acme', 'platform', ['carol']);
  for (const login of ['alice', 'bob']) admin.addCollaborator('acme/infra', login, 'write');
  const permissions = {
    contents: 'write',
    pull_requests: 'write',
    statuses: 'write',
    deployments: 'write',
    actions: 'read',
    members: 'read',
    issues: 'write',
  } as const;
  const { app, privateKey } = await admin.createApp({ slug: 'trunkline-delivery', owner: 'acme', permissions });
  admin.installApp('trunkline-delivery', 'acme', 'all');
  await api('PATCH', '/repos/acme/infra', { allow_auto_merge: true });
  if (options.policy !== false) {
    await api('POST', '/repos/acme/infra/rulesets', {
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [
        {
          type: 'required_status_checks',
          parameters: {
            strict_required_status_checks_policy: false,
            required_status_checks: [{ context: 'trunkline / policy', integration_id: app.id }],
          },
        },
      ],
    });
  }
  let commits = 0;
  let server: Server | undefined;
  const credentials = { TRUNKLINE_APP_ID: String(app.id), TRUNKLINE_APP_KEY: privateKey };
  const stage: Stage = {
    forge,
    folder,
    credentials,
    api,
    intercept: undefined,
    run: async (make, words, env = {}) => {
      let out = '';
      const output: Output = {
        write: (text) => {
          out += text;
        },
        isTTY: false,
        columns: 100,
      };
      const ports: Ports = {
        clock: options.clock ?? { now: () => Date.now(), sleep: () => Promise.resolve() },
        random: (bytes) => new Uint8Array(bytes),
        env: { PATH: process.env['PATH'], ...credentials, ...env },
        fetch: async (input, init) => {
          const request = new Request(input, init);
          const send = async (): Promise<Response> => forge.app.request(request);
          return (await stage.intercept?.(request.clone(), send)) ?? send();
        },
        stdout: output,
        stderr: output,
        cwd: folder,
        interrupted: new AbortController().signal,
      };
      try {
        await make(ports)
          .exitOverride()
          .parseAsync([...words, ...(words.includes('--repository') ? [] : ['--repository', 'acme/infra'])], {
            from: 'user',
          });
        return { code: 0, out, error: undefined };
      } catch (error) {
        if (error instanceof Exit) return { code: error.exitCode, out, error: undefined };
        if (error instanceof TrunklineError) return { code: 1, out, error };
        throw error;
      }
    },
    server: async () => {
      server ??= createServer(forge.listener);
      if (!server.listening) await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    pin: async (environment, service = 'api') => {
      const { content } = await api<{ content: string }>('GET', `/repos/acme/infra/contents/envs/${environment}.json`);
      return (
        (JSON.parse(Buffer.from(content, 'base64').toString()) as Record<string, { image: string }>)[service]?.image ??
        ''
      );
    },
    publish: async (service, digest, ref = 'refs/heads/main', more = {}) => {
      commits += 1;
      const { commit } = await put('app', `change-${commits}.txt`, `${commits}`);
      const payload = { schema: 1, service, digest, image: `ghcr.io/acme/${service}`, ref, ...more };
      const { id } = await api<{ id: number }>('POST', '/repos/acme/app/deployments', {
        ref: commit.sha,
        environment: 'published',
        task: 'publish',
        auto_merge: false,
        required_contexts: [],
        payload,
      });
      return { record: id, commit: commit.sha };
    },
    until: async (check) => {
      await forge.settled();
      if (!(await check())) throw new Error('it did not happen');
    },
    close: async () => {
      server?.closeAllConnections();
      server?.close();
      await forge.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stage;
}
