import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GitStarter } from '../../src/git/git-starter.ts';
import { type Lab, type LabOptions, openLab } from '../../src/lab/lab.ts';
import { labUnderTest } from '../../src/lab/lab-under-test.ts';
import type { Clone } from '../../src/lab/scenarios/clone.ts';
import { openPull, type Pull, readPull, split } from '../../src/lab/scenarios/deeds.ts';
import { createPerson, type Person } from '../../src/lab/scenarios/person.ts';
import { sealSecret } from '../../src/lab/scenarios/seal-secret.ts';
import { root } from '../testing/rehearse-pair.ts';

/** A lab in which pipelines are attacked. Mallory has an account and no rights; alice and bob may write. */
export interface AttackLab {
  readonly lab: Lab;
  readonly folder: string;
  readonly owner: Person;
  readonly alice: Person;
  readonly bob: Person;
  readonly mallory: Person;
  /** A repository of the organisation `published`, with these files on main; what is pushed first starts nothing. */
  repository(
    name: string,
    files: Readonly<Record<string, string>>,
    secrets?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** Everything that jobs printed while it was done, and until nothing went on any more. */
  printed(action: () => Promise<unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function openAttackLab(options: Pick<LabOptions, 'awsRoles'> = {}): Promise<AttackLab> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-attacks-'));
  const ports = {
    clock: { now: () => Date.now(), sleep: (ms: number) => setTimeout(ms) },
    random: randomBytes,
    env: process.env,
  };
  const lab = await openLab({ ports, packageFolder: root, ...options });
  const lines: string[] = [];
  lab.onReport((report) => {
    if (report.kind === 'line') lines.push(report.text);
  });
  const github = labUnderTest(lab);
  const starter = new GitStarter();
  const person = (login: string, scopes: readonly string[]): Person => {
    lab.admin.createUser(login);
    return createPerson(
      github,
      { login, token: lab.admin.createToken(login, { scopes: [...scopes] }) },
      { folder: join(folder, 'people'), starter },
    );
  };
  const writer = ['repo', 'workflow', 'read:org', 'read:packages'];
  const owner = person('olivia', ['repo', 'workflow', 'admin:org', 'delete_repo']);
  const [alice, bob, mallory] = ['alice', 'bob', 'mallory'].map((login) => person(login, writer)) as [
    Person,
    Person,
    Person,
  ];
  lab.admin.createOrganization('published', { admins: ['olivia'], members: ['alice', 'bob'] });
  return {
    lab,
    folder,
    owner,
    alice,
    bob,
    mallory,
    repository: async (name, files, secrets = {}) => {
      const fullName = `published/${name}`;
      const where = split(fullName);
      await owner.api.rest.repos.createInOrg({ org: 'published', name, auto_init: true });
      await owner.api.rest.actions.setGithubActionsPermissionsRepository({ ...where, enabled: false });
      const clone = await owner.clone(fullName);
      write(clone, files);
      await clone.commit('Start');
      await clone.push('refs/heads/main');
      await owner.api.rest.actions.setGithubActionsPermissionsRepository({
        ...where,
        enabled: true,
        allowed_actions: 'all',
      });
      for (const login of ['alice', 'bob']) lab.admin.addCollaborator(fullName, login, 'write');
      for (const [secret, value] of Object.entries(secrets)) {
        const { data } = await owner.api.rest.actions.getRepoPublicKey(where);
        await owner.api.rest.actions.createOrUpdateRepoSecret({
          ...where,
          secret_name: secret,
          key_id: data.key_id,
          encrypted_value: await sealSecret(data.key, value),
        });
      }
      return fullName;
    },
    printed: async (action) => {
      lines.length = 0;
      await action();
      await lab.idle();
      return lines.join('\n');
    },
    close: async () => {
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function write(clone: Clone, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(clone.folder, path)), { recursive: true });
    writeFileSync(join(clone.folder, path), text);
  }
}

/** A pull request of somebody who may push branches. */
export function pullFrom(
  person: Person,
  repository: string,
  branch: string,
  files: Readonly<Record<string, string>>,
  title = 'Mend a word',
): Promise<Pull> {
  return openPull(person, repository, {
    branch,
    from: 'origin/main',
    base: 'main',
    title,
    edit: async (clone) => write(clone, files),
  });
}

/** A pull request from the fork of somebody who may do nothing here, from a branch of the given name. */
export async function pullFromFork(
  { mallory }: Pick<AttackLab, 'mallory'>,
  repository: string,
  branch: string,
  files: Readonly<Record<string, string>>,
): Promise<Pull> {
  const where = split(repository);
  const { data: fork } = await mallory.api.rest.repos.createFork(where);
  const clone = await mallory.clone(fork.full_name);
  await clone.startBranch(branch, 'origin/main');
  write(clone, files);
  await clone.commit('Mend a word');
  const { taken, said } = await clone.push(`refs/heads/${branch}`);
  if (!taken) throw new Error(said);
  const { data } = await mallory.api.rest.pulls.create({
    ...where,
    title: 'Mend a word',
    head: `mallory:${branch}`,
    base: 'main',
  });
  return readPull(mallory, repository, data.number);
}

/** Lets every run go that waits for somebody's approval: a maintainer who looks at nothing. */
export async function letRunsGo({ owner, lab }: Pick<AttackLab, 'owner' | 'lab'>, repository: string): Promise<void> {
  await lab.idle();
  const where = split(repository);
  const { data } = await owner.api.rest.actions.listWorkflowRunsForRepo({ ...where, status: 'action_required' });
  for (const { id } of data.workflow_runs) await owner.api.rest.actions.approveWorkflowRun({ ...where, run_id: id });
  await lab.idle();
}

/** A secret that can be looked for in logs, also written backwards, which no masking sees. */
export function newSecret(): string {
  return randomBytes(12).toString('hex');
}

export function leaks(printed: string, secret: string): boolean {
  return printed.includes(secret) || printed.includes([...secret].reverse().join(''));
}

/** Shell that shows that it ran: the sum stands in no source. Without a space, for names of branches and tags. */
export const shell = 'echo${IFS}pwned-$((20+22))';
export const ran = /pwned-42/;

/** A workflow that prints every secret it can name, backwards, at whatever starts it. */
export const printsSecrets = `on: [push, pull_request, pull_request_target]
permissions: write-all
jobs:
  print:
    runs-on: ubuntu-latest
    steps:
      - run: printf '%s' "$ALL" | rev
        env: { ALL: "\${{ toJSON(secrets) }} \${{ toJSON(vars) }}" }
`;

/** A workflow's only job. */
export function job(steps: string, more = ''): string {
  return `jobs:\n  job:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`;
}
