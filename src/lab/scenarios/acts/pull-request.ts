import { approve, attempt, merge, openPull, type Pull, sayRefusal, split } from '../deeds.ts';
import { checksOf, statusesOf } from '../look.ts';
import { protect } from '../rulesets.ts';
import type { World } from '../world.ts';

const judges = /\btrunkline\s+ci\s+policy\b/;

/** A pull request is checked, and neither merges nor lets itself be got around without an approval. */
export async function rehearsePullRequest(world: World): Promise<Pull> {
  const { book, github, pair, people } = world;
  const { app, infra } = pair;
  book.phase('A pull request wants its checks and an approval');

  const pull = await openPull(people.developer, app.fullName, {
    branch: 'rehearsal/first-change',
    from: `origin/${app.branch}`,
    base: app.branch,
    title: 'Change something that can be seen',
    edit: world.change,
  });
  const onInfra = await openPull(people.owner, infra.fullName, {
    branch: 'rehearsal/which-checks',
    from: `origin/${infra.branch}`,
    base: infra.branch,
    title: 'See which checks there are',
    edit: (clone) => clone.appendLine('README.md'),
  });
  await github.idle();

  const checks = await checksOf(people.developer, app.fullName, pull.headSha);
  const names = checks.map(({ name }) => name);
  const passed =
    checks.length > 0 &&
    book.holds(
      `checks run on ${app.fullName}#${pull.number}`,
      'every check succeeds',
      checks.map(({ name, conclusion }) => `${name}: ${conclusion}`).join(', '),
      checks.every(({ conclusion }) => conclusion === 'success' || conclusion === 'neutral'),
    );
  if (checks.length === 0) book.skip('checks run', `no workflow of ${app.fullName} runs for its pull requests`);
  else book.must(passed, `the checks of ${app.fullName}#${pull.number} did not pass`);

  const infraChecks = await checksOf(people.owner, infra.fullName, onInfra.headSha);
  const infraStatuses = await statusesOf(people.owner, infra.fullName, onInfra.headSha);
  if (infraChecks.length + infraStatuses.length === 0) {
    book.note(`no workflow of ${infra.fullName} runs for its pull requests: none of its checks can be required`);
  }
  if (infra.workflows.some(({ jobs }) => jobs.some(({ steps }) => steps.some(({ run }) => judges.test(run))))) {
    const bot = `${world.delivery.slug}[bot]`;
    book.holds(
      `the policy judges ${infra.fullName}#${onInfra.number}`,
      `a verdict told by ${bot}`,
      infraStatuses.map((one) => `${one.context}: ${one.state} by ${one.creator}, ${one.description}`).join('; ') ||
        'nothing',
      infraStatuses.some(({ creator }) => creator === bot),
    );
  }
  await protect(world, { app: checks, infra: infraChecks, infraStatuses });
  await people.owner.api.rest.pulls.update({ ...split(infra.fullName), pull_number: onInfra.number, state: 'closed' });

  const unapproved = await merge(people.developer, pull);
  book.matches(
    'merging is refused: nobody has approved it',
    '405, at least 1 approving review is required',
    /^405 .*approving review is required/s,
    sayRefusal(unapproved),
  );
  const own = await approve(people.developer, pull);
  book.matches(
    "the author's own approval is refused",
    '422, can not approve your own pull request',
    /^422 .*[Cc]an ?not approve your own pull request/s,
    sayRefusal(own),
  );
  const clone = await people.developer.clone(app.fullName);
  const pushed = await clone.push(`refs/heads/${app.branch}`);
  book.matches(
    `a direct push to ${app.branch} is refused`,
    'GH013 and the rule that it breaks',
    /GH013[\s\S]*Changes must be made through a pull request/,
    pushed.taken ? 'it was taken' : pushed.said,
  );
  const dropped = await attempt(() =>
    people.developer.api.rest.git.deleteRef({ ...split(app.fullName), ref: `heads/${app.branch}` }),
  );
  book.matches(`deleting ${app.branch} is refused`, '422', /^422 /, sayRefusal(dropped));
  const { data: rules } = await people.developer.api.rest.repos.getBranchRules({
    ...split(app.fullName),
    branch: app.branch,
  });
  const required = rules.flatMap((rule) =>
    rule.type === 'required_status_checks'
      ? (rule.parameters?.required_status_checks.map(({ context }) => context) ?? [])
      : [],
  );
  book.same(`what ${app.branch} requires from now on is what ran`, names.toSorted(), required.toSorted());
  return pull;
}
