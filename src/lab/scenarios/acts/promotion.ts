import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../../model/environment.ts';
import { ask, errorsOf } from '../ask.ts';
import { approve, lastPullNumber, merge, openPull, type Pull, pullsAfter, sayRefusal, split } from '../deeds.ts';
import { deploymentsTo, lastRunId, pinNow, runsAfter } from '../look.ts';
import type { Person } from '../person.ts';
import type { FollowedRelease, World } from '../world.ts';
import { approvers, carry, expectApproval, teamsWanted } from './carry.ts';
import { expectOnlyPin } from './publish.ts';
import { expectServed } from './served.ts';

/** The same digest moves from one environment to the next, each time with the approvals that are wanted there. */
export async function rehearsePromotion(world: World, release: FollowedRelease): Promise<void> {
  const { book, pair } = world;
  const [, second, ...later] = pair.chain;
  book.phase(`Promotion: ${pair.chain.map(({ name }) => name).join(' → ')}, one digest, one pull request each`);
  if (second === undefined) {
    book.skip('a release is promoted', `no environment comes after ${pair.chain[0].name}`);
    return;
  }
  const last = later.at(-1);
  if (last === undefined) book.skip('an environment cannot be skipped', 'there are only two environments');
  else await rehearseSkipping(world, last, second, release);
  await rehearseForeignBranch(world, last ?? second);
  for (const environment of pair.chain.slice(1)) {
    await promote(world, environment, release);
    await expectServed(world, environment.name, release);
  }
}

async function rehearseSkipping(
  world: World,
  target: Environment,
  skipped: Environment,
  release: FollowedRelease,
): Promise<void> {
  const { book, github, pair, people } = world;
  const infra = pair.infra.fullName;
  const lastPull = await lastPullNumber(people.developer, infra);
  const outcome = await ask(world, people.developer, pair.infra, 'promote', { 0: pair.service, '--to': target.name });
  const before = target.from ?? skipped.name;
  book.matches(
    `the command refuses to skip ${skipped.name}`,
    `refused, naming ${before}`,
    // No part of another word: "pre" is in "expected".
    new RegExp(`(?<![\\w.-])${before.replaceAll('.', '\\.')}(?![\\w-])`),
    outcome.done ? '' : outcome.said,
  );
  book.same('it opened no pull request', 0, (await pullsAfter(people.developer, infra, lastPull)).length);

  const [first] = pair.chain;
  const pin = await pinNow(world, first.name);
  const pull = await openPull(people.developer, infra, {
    branch: `rehearsal/straight-to-${target.name}`,
    from: `origin/${pair.infra.branch}`,
    base: pair.infra.branch,
    title: `Bring ${pair.service} to ${target.name} at once`,
    edit: async (clone) => {
      const path = pair.manifestPath(target.name);
      const text = await clone.git('show', `HEAD:${path}`);
      await writeFile(join(clone.folder, path), pair.setPin(`${text}\n`, target.name, pin ?? {}, release.digest));
    },
  });
  await github.idle();
  const refusals = [];
  for (const person of approvers(world, target, people.developer)) refusals.push(await approve(person, pull));
  await github.idle();
  book.matches(
    'made by hand, with every approval, GitHub refuses to merge it',
    '405, a required check is failing',
    /^405 [\s\S]*\bfailing\b/,
    sayRefusal(refusals.find((one) => one !== undefined) ?? (await merge(people.reviewer, pull))),
  );
  await people.developer.api.rest.pulls.update({ ...split(infra), pull_number: pull.number, state: 'closed' });
  await github.idle();
}

/** Somebody who may push a branch writes a workflow there that names an environment, to get at its secrets. */
async function rehearseForeignBranch(world: World, target: Environment): Promise<void> {
  const { book, github, pair, people } = world;
  const { developer } = people;
  const infra = pair.infra.fullName;
  const branch = 'rehearsal/past-every-review';
  const path = '.github/workflows/rehearsal-past-every-review.yml';
  const before = await lastRunId(developer, infra);
  const clone = await developer.clone(infra);
  await clone.startBranch(branch, `origin/${pair.infra.branch}`);
  await mkdir(dirname(join(clone.folder, path)), { recursive: true });
  await writeFile(join(clone.folder, path), pastEveryReview(target.name));
  await clone.commit(`Deploy to ${target.name} from a branch`);
  const { taken, said } = await clone.push(`refs/heads/${branch}`);
  if (!taken) {
    book.matches(`a workflow on a branch gets nothing of ${target.name}`, 'the push is refused', /GH013/, said);
    return;
  }
  await github.idle();
  const run = (await runsAfter(developer, infra, before)).find((one) => one.path === path);
  book.matches(
    `a workflow on a branch does not get into ${target.name}`,
    'refused by its protection rules',
    /is not allowed to deploy to .* due to environment protection rules/,
    run === undefined
      ? 'no run appeared'
      : run.conclusion === 'failure'
        ? await errorsOf(developer, infra, run.id)
        : String(run.conclusion),
  );
  const succeeded = (await deploymentsTo(developer, infra, target.name)).filter(({ state }) => state === 'success');
  book.same(`nothing was deployed to ${target.name}`, 0, succeeded.length);
  await developer.api.rest.git.deleteRef({ ...split(infra), ref: `heads/${branch}` });
}

function pastEveryReview(environment: string): string {
  return `on: push
jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: ${JSON.stringify(environment)}
    steps: [{ run: echo deployed }]
`;
}

/** Somebody asks for it, others approve, it merges, and all that follows is over. */
export async function promote(world: World, environment: Environment, release: FollowedRelease): Promise<void> {
  const { book, pair, people } = world;
  const infra = pair.infra.fullName;
  const requester = people.developer;
  const before = await lastPullNumber(requester, infra);
  const outcome = await ask(world, requester, pair.infra, 'promote', { 0: pair.service, '--to': environment.name });
  const [pull] = await pullsAfter(requester, infra, before);
  book.must(
    book.holds(
      `${requester.login} asks for ${environment.name}: a pull request appears`,
      'one pull request',
      pull === undefined ? outcome.said : `#${pull.number} ${pull.title}, by ${pull.author}`,
      pull !== undefined,
    ),
    `no pull request for ${environment.name}`,
  );
  if (pull === undefined) return;
  await expectOnlyPin(world, pull, environment.name, release.digest);

  const wanted = approvers(world, environment, requester);
  if (wanted.length === 0) {
    book.skip(`${environment.name} wants approvals`, 'its configuration asks for none');
    await carry(world, pull, environment, []);
  } else {
    const last = await expectNoOwnApproval(world, pull, environment, wanted);
    await carry(world, pull, environment, last);
  }
}

/**
 * Whoever asked cannot approve: everybody else does so first whom their approval could not stand in for, so that it is
 * the one that is missing. Answers who has yet to approve.
 */
async function expectNoOwnApproval(
  world: World,
  pull: Pull,
  environment: Environment,
  wanted: readonly Person[],
): Promise<readonly Person[]> {
  const { book, github, people } = world;
  const requester = people.developer;
  const own = teamsWanted(world, environment).filter((team) => team.includes(requester));
  const last = wanted.find((person) => own.some((team) => team.includes(person))) ?? wanted[0];
  const others = wanted.filter((person) => person !== last);
  for (const person of others) await expectApproval(world, pull, person);
  const approval = await approve(requester, pull);
  const text = `${requester.login}, who asked for it, cannot approve it`;
  if (pull.author === requester.login) {
    book.matches(text, '422, can not approve your own pull request', /^422 .*approve your own/s, sayRefusal(approval));
  } else {
    await github.idle();
    const refusal = approval ?? (await merge(requester, pull));
    const found = sayRefusal(refusal);
    book.matches(text, '405, a required check has not succeeded', /^405 .*[Rr]equired status check/s, found);
    if (refusal === undefined) await github.idle();
  }
  return last === undefined ? [] : [last];
}
