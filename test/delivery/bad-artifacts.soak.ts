import { expect, test } from 'vitest';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { badArtifacts } from '../../src/lab/sigstore/testing/bad-artifacts.ts';
import { openSigningWorld, type SigningWorld } from '../../src/lab/sigstore/testing/signing-world.ts';
import { github, publicGood } from '../../src/sigstore/instances.ts';
import { must, openSigningStage } from './signing-stage.ts';

const onHosted = must.replace('verify: [provenance]', 'verify: [provenance], runner: github-hosted');

test('none of all that is no signature of the publishing workflow gets a pull request, each for its own reason', async () => {
  const { stage, world, env, close } = await openSigningStage(onHosted);
  const elsewhere = await openSigningWorld();
  let sha = '';
  // What is signed says the commit that its record names: that is not what is wrong with it.
  const here: SigningWorld = {
    ...world,
    signed: (about, claims = {}, instance = publicGood) => world.signed(about, { sha, ...claims }, instance),
  };
  await here.signed(world.statement((await world.pushImage(false)).image.digest), {}, github);
  const published: (readonly [string, string, RegExp])[] = [];
  for (const [name, hang, reason] of badArtifacts(
    () => here,
    () => elsewhere,
  )) {
    const { image } = await world.pushImage(false);
    sha = (await stage.publish('api', image.digest)).commit;
    await hang(image);
    published.push([name, image.digest, reason]);
  }
  const { image, places } = await world.pushImage(true);
  sha = (await stage.publish('api', image.digest)).commit;
  for (const digest of places.slice(0, 2))
    await world.attach({ ...image, digest }, await here.signed(world.statement(digest)));
  published.push(['an index of which one platform is unsigned', image.digest, /linux\/arm64: nothing of this type/]);
  const { out, error } = await stage.run(receiveCommand, [], env);
  expect(error).toBeUndefined();
  expect(published.length).toBe(26);
  for (const [name, digest, reason] of published) {
    const line = out.split('\n').find((one) => one.includes(`${digest.slice(7, 19)} is refused: `));
    expect(line, name).toMatch(reason);
  }
  expect(await stage.api('GET', '/repos/acme/infra/pulls?state=all')).toEqual([]);
  await elsewhere.close();
  await close();
});
