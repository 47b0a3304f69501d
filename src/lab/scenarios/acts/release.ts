import { errorsOf } from '../ask.ts';
import { split } from '../deeds.ts';
import { lastRunId, type RunSeen, runsAfter } from '../look.ts';
import type { FollowedRelease, World } from '../world.ts';

const releases = /\btrunkline\s+ci\s+release\b/;

/** A tag makes the GitHub release of what its own commit was built into, once. */
export async function rehearseGithubRelease(world: World, release: FollowedRelease): Promise<void> {
  const { book, github, pair, people } = world;
  const { developer } = people;
  book.phase('A tag makes the release of what its own commit was built into');
  const workflow = pair.app.workflows.find(
    ({ events, jobs }) =>
      events.includes('push') && jobs.some(({ steps }) => steps.some(({ run }) => releases.test(run))),
  );
  if (workflow === undefined) {
    book.skip('a release is cut', `no workflow of ${pair.app.fullName} runs "trunkline ci release" for a tag`);
    return;
  }
  const where = split(pair.app.fullName);
  const cut = async (tag: string, sha: string): Promise<RunSeen | undefined> => {
    const before = await lastRunId(developer, pair.app.fullName);
    await developer.api.rest.git.createRef({ ...where, ref: `refs/tags/${tag}`, sha });
    await github.idle();
    return (await runsAfter(developer, pair.app.fullName, before)).find(({ path }) => path === workflow.path);
  };
  const run = await cut('v1.0.0', release.commit);
  book.must(
    book.same('the tag v1.0.0 is released', 'success', run?.conclusion ?? 'no run'),
    run === undefined ? 'no workflow ran for the tag' : await errorsOf(developer, pair.app.fullName, run.id),
  );
  const { data: made } = await developer.api.rest.repos.getReleaseByTag({ ...where, tag: 'v1.0.0' });
  book.holds(
    'its notes name what is shipped by digest',
    release.digest,
    made.body?.split('\n')[0] ?? 'nothing',
    made.body?.includes(release.digest) === true,
  );
  const { data: merged } = await developer.api.rest.repos.listPullRequestsAssociatedWithCommit({
    ...where,
    commit_sha: release.commit,
  });
  const number = merged[0]?.number;
  book.matches('and the pull requests that brought it', `#${number}`, new RegExp(`\\(#${number}\\)`), made.body ?? '');
  const assets = made.assets.map(({ name }) => name).toSorted();
  book.holds(
    'signatures and SBOM are attached',
    '*.sigstore.jsonl, *.spdx.json',
    assets.join(', ') || 'nothing',
    assets.some((name) => name.endsWith('.sigstore.jsonl')) && assets.some((name) => name.endsWith('.spdx.json')),
  );
  await developer.api.rest.actions.reRunWorkflow({ ...where, run_id: run?.id ?? 0 });
  await github.idle();
  const { data: all } = await developer.api.rest.repos.listReleases(where);
  book.same(
    'run again, it changes nothing',
    [made.id],
    all.map(({ id }) => id),
  );

  // Of a commit that nothing was published from: the one before the first release.
  const { data: commit } = await developer.api.rest.git.getCommit({ ...where, commit_sha: release.commit });
  const unbuilt = await cut('v0.9.0', commit.parents[0]?.sha ?? '');
  book.matches(
    'a tag on a commit that nothing was published from releases nothing, least of all another commit’s image',
    'an error that names the newest and its commit',
    /published from [0-9a-f]{12}, found none \(the newest of .* another commit\)/,
    unbuilt === undefined ? 'no run' : await errorsOf(developer, pair.app.fullName, unbuilt.id),
  );
}
