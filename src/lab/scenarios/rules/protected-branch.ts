import { split } from '../deeds.ts';
import { allowed, type Ground, refused, tipOf } from './ground.ts';

/** A ruleset holds main, whichever way somebody tries to move it. */
export async function rehearseProtectedBranch(ground: Ground): Promise<void> {
  const { book, owner, developer, where, fullName } = ground;
  book.phase('A ruleset holds main, whichever way it is to move');
  await allowed(ground, 'the owner protects main', () =>
    owner.api.rest.repos.createRepoRuleset({
      ...split(fullName),
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [
        { type: 'deletion' },
        { type: 'non_fast_forward' },
        {
          type: 'pull_request',
          parameters: {
            required_approving_review_count: 1,
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_review_thread_resolution: false,
          },
        },
        {
          type: 'required_status_checks',
          parameters: {
            strict_required_status_checks_policy: false,
            required_status_checks: [{ context: 'ci' }],
          },
        },
      ],
    }),
  );
  const { data: rules } = await developer.api.rest.repos.getBranchRules({ ...where, branch: 'main' });
  book.same(
    'everybody can read what holds main',
    ['deletion', 'non_fast_forward', 'pull_request', 'required_status_checks'],
    rules.map(({ type }) => type).sort(),
  );
  await refused(ground, 'the developer cannot take it away', '403 or 404', /^40[34] /, async () => {
    const { data } = await developer.api.rest.repos.getRepoRulesets(where);
    await developer.api.rest.repos.deleteRepoRuleset({ ...where, ruleset_id: data[0]?.id ?? 0 });
  });

  const clone = await developer.clone(fullName);
  await clone.startBranch('direct', 'origin/main');
  await clone.appendLine('README.md');
  await clone.commit('Go straight to main');
  const pushed = await clone.push('refs/heads/main');
  book.matches('a push is declined', 'GH013', /GH013/, pushed.taken ? 'it was taken' : pushed.said);
  book.same(
    'and says which rules it breaks',
    ['- Changes must be made through a pull request.', '- Required status check "ci" is expected.'],
    rulesSaid(pushed.said),
  );
  const dropped = await clone.git('push', 'origin', ':refs/heads/main').then(
    () => 'it was deleted',
    (error: Error) => error.message,
  );
  book.matches('main cannot be deleted', 'refused', /refusing to delete|Cannot delete this branch/, dropped);
  const branch = await clone.push('refs/heads/direct');
  book.same('a branch beside it can be pushed', 'it was taken', branch.taken ? 'it was taken' : branch.said);
  const sha = await tipOf(ground, developer, 'direct');
  const { git, repos } = developer.api.rest;
  const violated = /Repository rule violations found/;
  await refused(ground, 'the refs API says no', '422, rule violations', violated, () =>
    git.updateRef({ ...where, ref: 'heads/main', sha }),
  );
  await refused(ground, 'by force too', '422, rule violations', violated, () =>
    git.updateRef({ ...where, ref: 'heads/main', sha, force: true }),
  );
  await refused(ground, 'and to deleting', '422', /^422 (?:refusing to delete|Repository rule violations found)/, () =>
    git.deleteRef({ ...where, ref: 'heads/main' }),
  );
  await refused(ground, 'the contents API says no', '409, rule violations', violated, () =>
    repos.createOrUpdateFileContents({ ...where, branch: 'main', path: 'b.txt', message: 'b', content: 'Yg==' }),
  );
  await refused(ground, 'classic protection is not there', '404', /^404 Branch not protected/, () =>
    owner.api.rest.repos.getBranchProtection({ ...where, branch: 'main' }),
  );
}

/** The sentences after the dash in what git printed, sorted. */
function rulesSaid(said: string): readonly string[] {
  return [...said.matchAll(/^remote: (- .*?)\s*$/gm)].map(([, rule = '']) => rule).sort();
}
