import { parseImageReference } from '../../../registry/image-reference.ts';
import { createRegistryClient } from '../../../registry/registry-client.ts';
import { approve, lastPullNumber, merge, type Pull, pullsAfter, readPull, sayRefusal, split } from '../deeds.ts';
import { deploymentsTo, digestNow, lastRunId, pinNow, runsAfter } from '../look.ts';
import type { FollowedRelease, World } from '../world.ts';
import { expectServed } from './served.ts';

export interface Published {
  readonly release: FollowedRelease;
  /** Pull requests that appeared in infra because of it. */
  readonly bumps: readonly Pull[];
}

/** Approves and merges a pull request of the application, and waits until everything that follows from it is over. */
export async function publishPull(world: World, pull: Pull): Promise<{ commit: string; bumps: readonly Pull[] }> {
  const { book, github, pair, people } = world;
  const before = {
    run: await lastRunId(people.reviewer, pair.app.fullName),
    pull: await lastPullNumber(people.reviewer, pair.infra.fullName),
  };
  book.same(
    `${people.reviewer.login}, who did not write it, approves ${pair.app.fullName}#${pull.number}`,
    'it was done',
    sayRefusal(await approve(people.reviewer, pull)),
  );
  // Some repositories run their checks again for an approval.
  await github.idle();
  book.mark('merge');
  const refused = await merge(people.reviewer, pull);
  const merged = await readPull(people.reviewer, pair.app.fullName, pull.number);
  book.must(
    book.same(`${pair.app.fullName}#${pull.number} merges`, 'it was done', sayRefusal(refused)),
    'the pull request did not merge',
  );
  const commit = merged.mergeSha ?? '';
  await github.idle();

  const runs = (await runsAfter(people.reviewer, pair.app.fullName, before.run)).filter(
    (run) => run.event === 'push' && run.headSha === commit,
  );
  book.must(
    book.holds(
      'the merge is published',
      'every run that it started succeeds',
      runs.map(({ name, conclusion }) => `${name}: ${conclusion}`).join(', ') || 'no run',
      runs.length > 0 && runs.every(({ conclusion }) => conclusion === 'success'),
    ),
    'what runs after the merge did not succeed',
  );
  const pulls = await pullsAfter(people.reviewer, pair.infra.fullName, before.pull);
  return { commit, bumps: pulls.filter(({ title }) => !aboutAnother(world, title)) };
}

/** Whether a pull request names a service of the same application that is not the one followed. */
function aboutAnother({ pair }: World, title: string): boolean {
  const accepted = pair.config.accept.find(
    ({ repository }) => repository.toLowerCase() === pair.app.fullName.toLowerCase(),
  );
  const words = title.split(/[\s:,]+/);
  return !words.includes(pair.service) && words.some((word) => accepted?.services.has(word) === true);
}

/** An approved pull request merges, is built once, and is known by its digest from then on. */
export async function rehearsePublish(world: World, pull: Pull): Promise<Published> {
  const { book } = world;
  book.phase('Approved, it merges, is built once and recorded by its digest');
  const { commit, bumps } = await publishPull(world, pull);
  return { release: { commit, digest: await digestOf(world, commit) }, bumps };
}

/** The digest under which a commit's image was recorded, or the one that infra pinned where nothing was recorded. */
export async function digestOf(world: World, commit: string): Promise<string> {
  const { book, pair, people } = world;
  const records = await deploymentsTo(people.reviewer, pair.app.fullName, 'published');
  const record = records.find(({ sha, payload }) => sha === commit && payload['service'] === pair.service);
  const recorded = record?.payload['digest'];
  const pinned = (await pinNow(world, pair.chain[0].name))?.digest;
  if (typeof recorded === 'string') {
    book.matches('the release is recorded', 'its digest, beside the commit', /^sha256:[0-9a-f]{64}$/, recorded);
  } else {
    book.skip('the release is recorded', `${pair.app.fullName} records none; its digest is taken from the manifest`);
  }
  const digest = typeof recorded === 'string' ? recorded : pinned;
  book.must(digest !== undefined, 'no digest was recorded, and no manifest names one');
  await expectInRegistry(world, digest ?? '');
  return digest ?? '';
}

async function expectInRegistry(world: World, digest: string): Promise<void> {
  const { book, github, pair, people } = world;
  const image = (await pinNow(world, pair.chain[0].name))?.image;
  if (image === undefined) {
    book.skip('the registry has the image', 'the manifest does not say in which registry it is');
    return;
  }
  const reference = parseImageReference(`${image}@${digest}`);
  if (reference.registry !== 'ghcr.io') {
    book.skip(
      `${image} can be pulled by this digest`,
      `${reference.registry} knows no GitHub account; what is deployed was pulled from there`,
    );
    return;
  }
  const { login, token } = people.reviewer;
  const registry = createRegistryClient({
    fetch: github.fetch,
    credentials: () => ({ username: login, password: token }),
  });
  const found = await registry.resolve(reference);
  book.same(`${image} can be pulled by this digest`, digest, found?.digest ?? 'not found');
}

/** Infra takes it in; only the first environment changes. */
export async function rehearseBump(world: World, published: Published): Promise<void> {
  const { book, pair, people } = world;
  const [first] = pair.chain;
  book.phase(`Infra proposes it for ${first.name}, merges by itself, deploys ${first.name} only`);
  // Copies of it in other regions track the same branch, and get theirs beside it.
  const wanted = pair.environments.filter(({ track }) => track !== undefined && track === first.track).length || 1;
  const count = wanted === 1 ? 'one pull request appears' : `${wanted} pull requests appear`;
  const bump = await bumpTo(world, published.bumps, first.name);
  book.must(
    book.same(`${count} in ${pair.infra.fullName}`, wanted, published.bumps.length) && bump !== undefined,
    'no pull request brought the release to infra',
  );
  if (bump === undefined) return;
  await expectOnlyPin(world, bump, first.name, published.release.digest);
  book.holds('it was opened by a bot', 'a bot', bump.author, bump.byBot);
  if (first.merge === 'auto' && (await isLeftToSomebody(world, bump, first.name))) {
    book.skip(
      `${pair.infra.fullName}#${bump.number} merged, and nobody pressed anything`,
      `what ${first.name} pins was published somewhere else: nothing here tells whether this is newer, and somebody has to merge it`,
    );
    const refused = await merge(people.reviewer, bump);
    book.must(
      book.same(`${people.reviewer.login} merges #${bump.number}`, 'it was done', sayRefusal(refused)),
      'nobody could merge what infra proposed',
    );
    await world.github.idle();
  } else if (first.merge === 'auto') {
    book.must(
      book.holds(
        `${pair.infra.fullName}#${bump.number} merged, and nobody pressed anything`,
        'merged by a bot',
        bump.merged ? `merged by ${bump.mergedBy}` : 'not merged',
        bump.merged && !people.all.some(({ login }) => login === bump.mergedBy),
      ),
      'the pull request did not merge by itself',
    );
  }
  await expectServed(world, first.name, published.release);
  for (const { name } of pair.chain.slice(1)) await expectUntouched(world, name, published.release);
}

/** Whether it waits for a person, as a release does that follows one which nobody here knows. */
async function isLeftToSomebody(world: World, bump: Pull, environment: string): Promise<boolean> {
  if (bump.merged || (await pinNow(world, environment))?.digest === undefined) return false;
  const where = { ...split(world.pair.infra.fullName), pull_number: bump.number };
  const { data } = await world.people.reviewer.api.rest.pulls.get(where);
  return data.auto_merge === null;
}

/** The one that changes the environment's manifest; of a single one, that. */
async function bumpTo({ pair, people }: World, bumps: readonly Pull[], environment: string): Promise<Pull | undefined> {
  if (bumps.length < 2) return bumps[0];
  for (const bump of bumps) {
    const where = { ...split(pair.infra.fullName), pull_number: bump.number };
    const { data } = await people.reviewer.api.rest.pulls.listFiles(where);
    if (data.some(({ filename }) => filename === pair.manifestPath(environment))) return bump;
  }
  return undefined;
}

/** A pull request changes one environment's manifest, to name one digest there. */
export async function expectOnlyPin(world: World, pull: Pull, environment: string, digest: string): Promise<void> {
  const { book, pair, people } = world;
  const { data } = await people.reviewer.api.rest.pulls.listFiles({
    ...split(pair.infra.fullName),
    pull_number: pull.number,
  });
  const manifest = pair.manifestPath(environment);
  const others = data
    .map(({ filename }) => filename)
    .filter((name) => name !== manifest && !name.startsWith('.trunkline/'));
  book.same(`it changes the manifest of ${environment} and nothing else`, [], others);
  for (const { name } of pair.environments) {
    if (name === environment || pair.manifestPath(name) !== manifest) continue;
    const there = await pinNow(world, name, pull.headSha);
    book.same(
      `it leaves ${name}, in the same file, alone`,
      await digestNow(world, name),
      there?.digest ?? there?.text ?? 'nothing',
    );
  }
  const pin = await pinNow(world, environment, pull.headSha);
  book.same('it names the image by that digest', digest, pin?.digest ?? 'none');
}

async function expectUntouched(world: World, environment: string, release: FollowedRelease): Promise<void> {
  const { book, pair, people } = world;
  const digest = await digestNow(world, environment);
  book.holds(`${environment} pins what it did`, `not ${release.digest}`, digest, digest !== release.digest);
  const deployments = await deploymentsTo(people.reviewer, pair.infra.fullName, environment);
  book.same(`nothing was deployed to ${environment}`, 0, deployments.length);
}
