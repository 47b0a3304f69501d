import { expect } from 'vitest';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { faults, newDigest } from './faults.ts';
import type { Outcome, Stage } from './stage.ts';

/** A command with what it needs to have something to do, each time anew. */
export interface Case {
  readonly prepare: (stage: Stage) => Promise<void>;
  readonly run: (stage: Stage) => Promise<Outcome>;
  /** The branches that there are afterwards, whatever happened in between. */
  readonly branches: (stage: Stage) => Promise<readonly RegExp[]>;
}

const dev = 'trunkline/bump/dev';

export const commands: Readonly<Record<string, Case>> = {
  receive: {
    prepare: async (stage) => {
      for (const service of ['api', 'web']) await stage.publish(service, newDigest());
    },
    run: (stage) => stage.run(receiveCommand, []),
    branches: async () => [new RegExp(`^${dev}/api-`), new RegExp(`^${dev}/web-`)],
  },
  sweep: {
    prepare: async (stage) => {
      await stage.publish('web', newDigest());
    },
    run: (stage) => stage.run(sweepCommand, []),
    branches: async () => [new RegExp(`^${dev}/web-`)],
  },
  promote: {
    prepare: (stage) => pinByHand(stage, 'dev', 'api', newDigest()),
    run: (stage) => stage.run(promoteCommand, ['api', '--to', 'staging']),
    branches: async () => [/^trunkline\/promote\/staging\/api-/],
  },
  hold: {
    prepare: async () => {},
    run: (stage) => stage.run(holdCommand, ['api', '--environment', 'prod', '--reason', 'not now']),
    branches: async () => [/^trunkline\/hold\/prod\/api$/],
  },
  rollback: {
    prepare: async (stage) => {
      const [good, bad] = [newDigest(), newDigest()];
      await deployed(stage, 'dev', 'web', good);
      await deployed(stage, 'dev', 'web', bad);
      await pinByHand(stage, 'dev', 'web', bad);
    },
    run: (stage) => stage.run(rollbackCommand, ['web', '--environment', 'dev', '--reason', 'bad']),
    branches: async () => [/^trunkline\/rollback\/dev\/web-/],
  },
};

async function deployed(stage: Stage, environment: string, service: string, digest: string): Promise<void> {
  const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
  const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
    ref: main.commit.sha,
    environment,
    task: `deploy:${service}`,
    auto_merge: false,
    required_contexts: [],
    payload: { service, digest },
  });
  await stage.api('POST', `/repos/acme/infra/deployments/${id}/statuses`, { state: 'success' });
}

/** The owner goes around the policy. */
async function pinByHand(stage: Stage, environment: string, service: string, digest: string): Promise<void> {
  const path = `/repos/acme/infra/contents/envs/${environment}.json`;
  const { sha, content } = await stage.api<{ sha: string; content: string }>('GET', path);
  const value = JSON.parse(Buffer.from(content, 'base64').toString()) as Record<string, { image: string }>;
  value[service] = { ...value[service], image: `ghcr.io/acme/${service}@${digest}` };
  await stage.api('PUT', path, {
    message: 'by hand',
    content: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`).toString('base64'),
    sha,
  });
}

/** Lets the owner write to main as the cases need it. */
export async function openToOwner(stage: Stage): Promise<void> {
  for (const { id } of await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets'))
    await stage.api('PUT', `/repos/acme/infra/rulesets/${id}`, {
      bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
    });
}

/** How many requests the command makes when nothing goes wrong. */
export async function countOf(stage: Stage, name: string): Promise<number> {
  const one = commands[name];
  if (one === undefined) throw new Error(`no case ${name}`);
  await one.prepare(stage);
  let count = 0;
  stage.intercept = () => {
    count += 1;
    return undefined;
  };
  expect((await one.run(stage)).error).toBeUndefined();
  stage.intercept = undefined;
  await clear(stage);
  return count;
}

/** Does it to the n-th request of a command, then says the command again in peace: nothing twice, nothing left over. */
export async function outlives(stage: Stage, name: string, nth: number, fault: keyof typeof faults): Promise<void> {
  const one = commands[name];
  if (one === undefined) throw new Error(`no case ${name}`);
  await one.prepare(stage);
  let count = 0;
  stage.intercept = (_request, send) => {
    count += 1;
    return count === nth ? faults[fault](send) : undefined;
  };
  await one.run(stage);
  stage.intercept = undefined;
  const told = `${name}, request ${nth}: ${fault}`;
  expect((await one.run(stage)).error, told).toBeUndefined();
  const wanted = await one.branches(stage);
  const branches = (await stage.api<{ name: string }[]>('GET', '/repos/acme/infra/branches?per_page=100'))
    .map((branch) => branch.name)
    .filter((branch) => branch.startsWith('trunkline/'));
  const pulls = await stage.api<{ head: { ref: string } }[]>('GET', '/repos/acme/infra/pulls?per_page=100');
  expect(branches.length, `${told}: ${branches.join(' ')}`).toBe(wanted.length);
  for (const pattern of wanted)
    expect(
      branches.filter((branch) => pattern.test(branch)),
      told,
    ).toHaveLength(1);
  expect(pulls.map((pull) => pull.head.ref).sort(), told).toEqual([...branches].sort());
  const issues = await stage.api<{ title: string; pull_request?: unknown }[]>(
    'GET',
    '/repos/acme/infra/issues?per_page=100',
  );
  expect(
    issues.filter((issue) => issue.pull_request === undefined),
    told,
  ).toHaveLength(name === 'rollback' ? 1 : 0);
  await clear(stage);
}

async function clear(stage: Stage): Promise<void> {
  for (const { number } of await stage.api<{ number: number }[]>('GET', '/repos/acme/infra/pulls?per_page=100'))
    await stage.api('PATCH', `/repos/acme/infra/pulls/${number}`, { state: 'closed' });
  for (const { name } of await stage.api<{ name: string }[]>('GET', '/repos/acme/infra/branches?per_page=100'))
    if (name.startsWith('trunkline/')) await stage.api('DELETE', `/repos/acme/infra/git/refs/heads/${name}`);
  const issues = await stage.api<{ number: number; pull_request?: unknown }[]>(
    'GET',
    '/repos/acme/infra/issues?per_page=100',
  );
  for (const { number, pull_request } of issues)
    if (pull_request === undefined) await stage.api('PATCH', `/repos/acme/infra/issues/${number}`, { state: 'closed' });
}
