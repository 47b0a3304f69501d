import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accepted } from '../../../config/config.ts';
import { parseDigest } from '../../../model/digest.ts';
import { ask, lastLog } from '../ask.ts';
import type { Clone } from '../clone.ts';
import { lastPullNumber, pullsAfter, split } from '../deeds.ts';
import { digestNow, lastRunId, runsAfter } from '../look.ts';
import { imageOf, logIn, registryOf } from '../registry-eyes.ts';
import type { FollowedRelease, World } from '../world.ts';

/** How the configuration says that releases of the application must be signed; undefined where it does not. */
function demand({ pair }: World): (Accepted & { readonly signer: string }) | undefined {
  const found = pair.config.accept.find((one) => one.repository === pair.app.fullName);
  return found?.signer === undefined || found.verify.length === 0 ? undefined : { ...found, signer: found.signer };
}

/** What was published is signed, each platform of it, by exactly the workflow that must sign it. */
export async function rehearseSigned(world: World, release: FollowedRelease): Promise<void> {
  const { book, pair, people } = world;
  book.phase('What was published is signed by exactly the workflow that must sign it');
  const accepted = demand(world);
  const image = await imageOf(world);
  if (accepted === undefined || image === undefined) {
    book.skip('releases are signed', 'the configuration asks for no signatures (accept: …: verify), or pins no image');
    return;
  }
  const clone = await people.reviewer.clone(pair.app.fullName);
  await logIn(people.reviewer, clone.folder, image.registry);
  const name = `${image.registry}/${image.repository}`;
  const verify = (signer: string, ref: string, of = `@${release.digest}`) =>
    world.command(people.reviewer, clone.folder, [
      'ci',
      'verify',
      `${name}${of}`,
      ...['--source', pair.app.fullName, '--signer', signer, '--ref', ref, '--commit', release.commit],
      ...['--type', ...accepted.verify],
    ]);
  const main = `refs/heads/${pair.app.branch}`;
  const good = await verify(accepted.signer, main);
  const lines = good.said.split('\n').filter((line) => /^(?:verified|refused) /.test(line));
  const { manifest } = await registryOf(world, people.reviewer).getManifest({
    ...image,
    digest: parseDigest(release.digest),
  });
  const places = 1 + (manifest.manifests?.length ?? 0);
  book.holds(
    `${accepted.verify.join(', ')} hang on ${name} and on each of its platforms`,
    `${accepted.verify.length * places} statements verified`,
    good.exitCode === 0 ? `${lines.length} statements verified` : good.said.trim(),
    good.exitCode === 0 && lines.length === accepted.verify.length * places,
  );
  book.matches(
    'it says who signed',
    `${accepted.signer}@${main}`,
    new RegExp(escaped(`${accepted.signer}@${main}`)),
    good.said,
  );
  const other = await verify('.github/workflows/other.yml', main);
  book.matches(
    'another workflow did not sign it',
    'refused, naming both workflows',
    new RegExp(`refused .*expected it signed by .*other\\.yml@.*, found .*${escaped(accepted.signer)}@`),
    other.said,
  );
  const branch = await verify(accepted.signer, `${main}-next`);
  book.matches(
    `a branch whose name only begins like ${pair.app.branch} is not it`,
    'refused',
    new RegExp(`refused .*expected it signed by .*${escaped(`${main}-next`)}, found`),
    branch.said,
  );
  await expectPromoted(world, clone, `${name}@${release.digest}`);
  const tag = await verify(accepted.signer, main, ':latest');
  book.matches('a tag is not verified', 'refused: it can be moved', /expected an image by its digest/, tag.said);
}

/** Wherever it has come to, a job of the infra repository has said so, on the image itself; where its workflows say so at all. */
async function expectPromoted({ book, pair, people, command }: World, { folder }: Clone, image: string): Promise<void> {
  const [first, next] = pair.chain;
  const workflow = pair.infra.workflows.find(({ jobs }) =>
    jobs.some(({ steps }) => steps.some(({ run }) => /trunkline ci attest .*--type promotion/.test(run))),
  );
  if (workflow === undefined) return;
  const ask = ['ci', 'verify', image, '--source', pair.infra.fullName, '--signer', workflow.path];
  const by = ['--ref', `refs/heads/${pair.infra.branch}`, '--type', 'promotion', '--environment'];
  const came = await command(people.reviewer, folder, [...ask, ...by, first.name]);
  book.matches(
    `it says that it came to ${first.name}, and who let it`,
    workflow.path,
    new RegExp(`^verified .*${escaped(workflow.path)}@`),
    came.said,
  );
  if (next === undefined) return;
  const not = await command(people.reviewer, folder, [...ask, ...by, next.name]);
  book.matches(
    `nothing says that it came to ${next.name}`,
    `a promotion to ${first.name} only`,
    new RegExp(`refused .*expected a promotion to ${escaped(next.name)}, found one to ${escaped(first.name)}`),
    not.said,
  );
}

/** Whoever can write to the application may push an image and claim that it was published; infra takes it not. */
export async function rehearseUnsigned(world: World, release: FollowedRelease): Promise<void> {
  const { book, github, pair, people } = world;
  book.phase('An image that nobody signed, or another workflow did, gets no pull request');
  const accepted = demand(world);
  const image = await imageOf(world);
  if (accepted === undefined || image?.registry !== 'ghcr.io') {
    book.skip(
      'what is not signed is refused',
      'the configuration asks for no signatures, or the image is not at ghcr.io',
    );
    return;
  }
  const name = `${image.registry}/${image.repository}`;
  const clone = await people.developer.clone(pair.app.fullName);
  await clone.startBranch(forgedBranch, `origin/${pair.app.branch}`);
  await mkdir(join(clone.folder, '.github/workflows'), { recursive: true });
  await writeFile(join(clone.folder, '.github/workflows/forged.yml'), forgedWorkflow(name));
  await clone.commit('Build something that nobody reviewed');
  const before = await lastRunId(people.developer, pair.app.fullName);
  await clone.push(`refs/heads/${forgedBranch}`);
  await github.idle();
  const forged = (await runsAfter(people.developer, pair.app.fullName, before)).find((run) =>
    run.path.endsWith('/forged.yml'),
  );
  const registry = registryOf(world, people.developer);
  const pushed = await Promise.all(forgedTags.map((tag) => registry.resolve({ ...image, tag })));
  const digests = pushed.flatMap((one) => one?.digest ?? []);
  book.must(
    book.same('a branch nobody reviewed can push images, as everywhere', forgedTags.length, digests.length),
    `the forged images were not pushed (run: ${forged?.conclusion ?? 'none'})`,
  );
  for (const digest of digests) {
    // The record claims the branch and the commit that infra takes releases from.
    const payload = { schema: 1, service: pair.service, digest, image: name, ref: `refs/heads/${pair.app.branch}` };
    await people.developer.api.rest.repos.createDeployment({
      ...split(pair.app.fullName),
      ref: release.commit,
      environment: 'published',
      task: 'publish',
      auto_merge: false,
      required_contexts: [],
      payload,
    });
  }
  const pulls = await lastPullNumber(people.reviewer, pair.infra.fullName);
  const runs = await lastRunId(people.reviewer, pair.infra.fullName);
  await ask(world, people.developer, pair.infra, 'ci receive', {});
  const log = await lastLog(people.reviewer, pair.infra.fullName, runs);
  book.matches(
    'the image that nobody signed is refused',
    'nothing hangs on it',
    /is refused: .*nothing of this type hangs on it/,
    log,
  );
  book.matches(
    'the image that another workflow signed is refused',
    `expected ${accepted.signer}, found forged.yml`,
    new RegExp(`is refused: .*expected it signed by .*${escaped(accepted.signer)}@.*, found .*forged\\.yml@`),
    log,
  );
  const appeared = await pullsAfter(people.reviewer, pair.infra.fullName, pulls);
  book.same(
    'no pull request appears',
    [],
    appeared.map(({ number, title }) => `#${number} ${title}`),
  );
  const [first] = pair.chain;
  book.same(`${first.name} stays where it is`, release.digest, await digestNow(world, first.name));
}

const forgedBranch = 'rehearsal/forged';
/** Tags of the images that the branch pushes: one that nobody signs, and one that its own workflow signs. */
export const forgedTags = ['rehearsal-unsigned', 'rehearsal-signed-elsewhere'] as const;

function forgedWorkflow(image: string): string {
  const build = (
    tag: string,
  ): string => `      - run: 'mkdir -p ${tag} && echo ${tag} > ${tag}/what && printf "FROM scratch\\nCOPY what /\\n" > ${tag}/Dockerfile'
      - uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83
        id: ${tag}
        with: { context: ${tag}, push: true, tags: "${image}:${tag}", provenance: false }
`;
  return `name: Forged
on: { push: { branches: [${forgedBranch}] } }
permissions: {}
jobs:
  forge:
    runs-on: ubuntu-24.04
    permissions: { contents: read, id-token: write, packages: write }
    steps:
      - uses: trunkline/trunkline@v0
      - uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772
        with: { registry: ghcr.io, username: "\${{ github.actor }}", password: "\${{ github.token }}" }
${forgedTags.map(build).join('')}      - run: trunkline ci sign "$IMAGE" && trunkline ci attest "$IMAGE"
        env:
          IMAGE: ${image}@\${{ steps.${forgedTags[1]}.outputs.digest }}
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
