import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../../../git/git.ts';
import type { Clock } from '../../../ports.ts';
import type { RunnerCommand, WorkflowEvent } from '../../../protocol/event.ts';
import type { NewRun, RunRecord } from '../../../protocol/run.ts';
import { identityOfToken } from '../../authenticate.ts';
import { zeroSha } from '../../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../../git/repository-folder.ts';
import type { Identity } from '../../http.ts';
import { openForge, type RunningForge } from '../../open-forge.ts';
import { refMoved } from '../../ref-moved.ts';
import { createRepository } from '../../repositories.ts';
import type { Account, Repository } from '../../rows.ts';
import { expectValid } from '../../testing/expect-valid.ts';
import { watchAnswers } from '../../testing/watch-answers.ts';

/** A clock that tests wind forward. */
export class HandClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  forward(ms: number): void {
    this.#now += ms;
    for (const one of this.#sleepers.filter(({ at }) => at <= this.#now)) one.wake();
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
  }
}

export interface World {
  running: RunningForge;
  readonly clock: HandClock;
  readonly repository: Repository;
  /** By login. */
  readonly tokens: Readonly<Record<'alice' | 'bob' | 'carol', string>>;
  identity(token: string): Identity;
  /** Asks the API, and holds the answer to GitHub's schema. */
  api(method: string, path: string, token: string | undefined, body?: unknown): Promise<Response>;
  /** Commits files onto a branch as somebody's push; answers the commit. */
  push(branch: string, files: Readonly<Record<string, string>>, token?: string): Promise<string>;
  /** The event or command that comes next. */
  next(): Promise<RunnerCommand>;
  /** The next event of this name; everything before it is settled without runs. */
  nextEvent(name: string): Promise<WorkflowEvent>;
  openRun(event: WorkflowEvent, run?: Partial<NewRun>): Promise<RunRecord>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'forge-actions-'));
  const clock = new HandClock();
  const unlike: string[] = [];
  const open = async () => {
    const opened = await openForge({
      folder,
      clock,
      random: (bytes) => randomBytes(bytes),
      urls: { html: 'https://github.com', api: 'https://api.github.com' },
    });
    watchAnswers(opened.app, unlike);
    return opened;
  };
  let running = await open();
  const { admin } = running;
  for (const login of ['alice', 'bob', 'carol']) admin.createUser(login);
  const acme = admin.createOrganization('acme', { members: ['alice', 'bob', 'carol'] });
  const repository = await addRepository(running, acme);
  for (const [login, role] of [
    ['alice', 'admin'],
    ['bob', 'write'],
    ['carol', 'admin'],
  ] as const)
    admin.addCollaborator('acme/app', login, role);
  const tokens = {
    alice: admin.createToken('alice'),
    bob: admin.createToken('bob'),
    carol: admin.createToken('carol'),
  };
  const identity = (token: string): Identity => identityOfToken(running.forge, token) ?? { kind: 'anonymous' };

  const next = async (): Promise<RunnerCommand> => {
    const controller = new AbortController();
    for await (const command of running.runs.commands(controller.signal)) {
      controller.abort();
      return command;
    }
    throw new Error('no command');
  };
  const nextEvent = async (name: string): Promise<WorkflowEvent> => {
    for (;;) {
      const command = await next();
      if (command.kind !== 'event') throw new Error(`expected the event ${name}, found ${command.kind}`);
      if (command.event.name === name) return command.event;
      await running.runs.openRuns(command.event.id, []);
    }
  };
  return {
    get running() {
      return running;
    },
    clock,
    repository,
    tokens,
    identity,
    next,
    nextEvent,
    api: async (method, path, token, body) => {
      const response = await running.app.request(`https://api.github.com${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // Where logs are redirected to is the forge's own, as a blob's URL is on GitHub.
      if (/^\/(?:repos|orgs)\//.test(path) && !/\/logs\/(?:text|zip)$/.test(path))
        await expectValid(method, path, response);
      return response;
    },
    push: (branch, files, token = tokens.alice) => commit(running, repository, branch, files, identity(token)),
    openRun: async (event, run = {}) => {
      const wanted = { path: '.github/workflows/ci.yml', workflowName: 'CI', title: 'a change', ...run };
      const [opened] = await running.runs.openRuns(event.id, [wanted]);
      if (opened === undefined) throw new Error('no run was opened');
      return opened;
    },
    reopen: async () => {
      await running.close();
      running = await open();
    },
    close: async () => {
      await running.close();
      rmSync(folder, { recursive: true, force: true });
      if (unlike.length > 0) throw new Error(`GitHub would have answered otherwise:\n${unlike.join('\n')}`);
    },
  };
}

/** The first commit's workflow, unless the test brings its own: an event that nobody listens to is not yielded. */
const listening = 'on: [push, workflow_run, repository_dispatch, deployment]\njobs: {}\n';

async function addRepository({ forge }: RunningForge, owner: Account): Promise<Repository> {
  const made = await createRepository(forge, owner, 'app', { private: true, allowAutoMerge: true });
  const repository: Repository = { ...made, defaultWorkflowPermissions: 'write' };
  forge.store.transaction(() => forge.store.repositories.put(repository));
  return repository;
}

async function commit(
  { forge }: RunningForge,
  repository: Repository,
  branch: string,
  files: Readonly<Record<string, string>>,
  identity: Identity,
): Promise<string> {
  const folder = repositoryFolder(forge, repository.id);
  const ref = `refs/heads/${branch}`;
  const before = (await git(['for-each-ref', '--format=%(objectname)', ref], repositoryGit(folder))) || zeroSha;
  const parent =
    before === zeroSha
      ? await git(['for-each-ref', '--format=%(objectname)', 'refs/heads/main'], repositoryGit(folder))
      : before;
  const all = parent === '' ? { '.github/workflows/ci.yml': listening, ...files } : files;
  const blocks = Object.entries(all).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const input = `commit refs/tmp/new\ncommitter Alice <alice@example.com> 1767225600 +0000\ndata 8\na change${parent === '' ? '' : `\nfrom ${parent}`}\n${blocks.join('')}`;
  await git(['fast-import', '--quiet', '--force'], repositoryGit(folder, { input }));
  const after = await git(['rev-parse', 'refs/tmp/new'], repositoryGit(folder));
  await git(['update-ref', ref, after], repositoryGit(folder));
  refMoved(forge, { repository, ref, before, after, identity });
  return after;
}
