import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import type { ActionCall, ActionResult } from '../../runner/actions/action.ts';
import { type ContainerEngine, findEngine } from '../engine/container-engine.ts';
import { buildPushAction } from './build-push-action.ts';

let home: string;
let engine: ContainerEngine | undefined;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'build-push-'));
  engine = await findEngine(process.env);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Carries the step out in a workspace with these files. */
async function build(
  files: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
  find: () => Promise<ContainerEngine | undefined> = async () => engine,
): Promise<ActionResult & { log: string }> {
  const workspace = mkdtempSync(join(home, 'workspace-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(workspace, name), text);
  // Without a context the action builds what is committed.
  if (inputs['context'] === '') {
    const inWorkspace = (...args: string[]): Promise<string> =>
      git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: workspace });
    await inWorkspace('init', '-q');
    await inWorkspace('add', '.');
    await inWorkspace('commit', '-qm', 'start');
    for (const name of Object.keys(files)) rmSync(join(workspace, name));
  }
  const temp = join(workspace, '.temp');
  mkdirSync(temp);
  const lines: string[] = [];
  const nothing = (): void => undefined;
  const call: ActionCall = {
    uses: 'docker/build-push-action@v6',
    inputs: { context: '.', ...inputs },
    env: {},
    workspace,
    temp,
    github: {},
    repository: { id: 1, owner: 'acme', name: 'app', fullName: 'acme/app' } as ActionCall['repository'],
    jobId: 1,
    signal: new AbortController().signal,
    state: new Map(),
    log: (line) => lines.push(line),
    setOutput: nothing,
    addMask: nothing,
    exportEnv: nothing,
    addPath: nothing,
    addSummary: nothing,
  };
  const action = buildPushAction({
    fetch,
    clock: { now: () => Date.now(), sleep: async () => {} },
    allowHostRun: false,
    engine: find,
  });
  const result = await action.run(call);
  return { ...result, log: lines.join('\n') };
}

const scratch = 'FROM scratch\nARG V\nENV V=$V\nCOPY a.txt /x/\nCMD ["/x/a.txt"]\n';

test('with a container engine the image is built by it; without, by the stand-in, and the step says which', async () => {
  const digest = /^sha256:[0-9a-f]{64}$/;
  const packed = await build({ Dockerfile: scratch, 'a.txt': 'a' }, {}, async () => undefined);
  expect(packed).toMatchObject({ conclusion: 'success', fidelity: 'stand-in' });
  expect(packed.log).toContain('stand-in: no container engine answers here');
  if (engine === undefined) {
    process.stdout.write('not tried: building with a container engine (no docker, podman or buildah answers here)\n');
    return;
  }
  const built = await build({ Dockerfile: scratch, 'a.txt': 'a' }, { 'build-args': 'V=7', labels: 'a=b' });
  expect(built.log).toContain(`real: ${engine.name} builds the image`);
  expect(built).toMatchObject({ conclusion: 'success', fidelity: 'real' });
  expect(built.outputs?.['digest']).toMatch(digest);
  expect(built.outputs?.['imageid']).toMatch(digest);
});

test('without a context what is committed is built', async () => {
  const files = { Dockerfile: scratch, 'a.txt': 'a' };
  const none = async (): Promise<undefined> => undefined;
  const committed = await build(files, { context: '' }, none);
  expect(committed).toMatchObject({ conclusion: 'success', fidelity: 'stand-in' });
  expect(committed.outputs).toEqual((await build(files, {}, none)).outputs);
});

test('what an engine refuses fails with its words; a base image that nobody can be asked for is left to the stand-in', async () => {
  if (engine === undefined) {
    process.stdout.write('not tried: refusals of a container engine (no docker, podman or buildah answers here)\n');
    return;
  }
  const wrong = await build({ Dockerfile: 'FROM scratch\nCOPY gone.txt /\n' });
  expect(wrong).toMatchObject({ conclusion: 'failure', fidelity: 'real' });
  expect(wrong.log).toMatch(/::error::buildx failed with: .*gone\.txt/);
  const offline = await build({ Dockerfile: 'FROM registry.invalid/base:1\nCOPY a.txt /\n', 'a.txt': 'a' });
  expect(offline).toMatchObject({ conclusion: 'success', fidelity: 'stand-in' });
  expect(offline.log).toMatch(/stand-in: \w+ reaches no registry for the base image \(.*registry\.invalid/);
  const run = await build({ Dockerfile: 'FROM registry.invalid/base:1\nRUN true\n' });
  expect(run).toMatchObject({ conclusion: 'failure', fidelity: 'stand-in' });
  expect(run.log).toMatch(/RUN needs a container engine, and \w+ reaches no registry/);
});
