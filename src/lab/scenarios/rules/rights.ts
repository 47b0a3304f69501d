import { allowed, type Ground, refused } from './ground.ts';

/** Who may not write does not, and what is not for somebody's eyes is not there. */
export async function rehearseRights(ground: Ground): Promise<void> {
  const { book, developer, owner, where, stranger } = ground;
  book.phase('Who may do what');
  const { repos, actions, issues } = developer.api.rest;
  await refused(ground, 'settings are not for those who write', '403 or 404', /^40[34] /, () =>
    repos.update({ ...where, has_wiki: false }),
  );
  await refused(ground, 'nor is deleting', '403', /^403 /, () => repos.delete(where));
  await refused(ground, 'a repository that is not there is not found', '404', /^404 Not Found/, () =>
    repos.get({ ...where, repo: `${where.repo}-nowhere` }),
  );
  await refused(ground, 'a forged token is nobody’s', '401', /^401 Bad credentials/, () =>
    stranger.rest.users.getAuthenticated(),
  );
  await refused(ground, 'a status of no commit is refused', '422', /^422 /, () =>
    repos.createCommitStatus({ ...where, sha: 'f'.repeat(40), state: 'success', context: 'ci' }),
  );
  await allowed(ground, 'the owner makes an environment', () =>
    owner.api.rest.repos.createOrUpdateEnvironment({ ...where, environment_name: 'prod' }),
  );
  await refused(ground, 'those who write do not', '403 or 404', /^40[34] /, () =>
    repos.createOrUpdateEnvironment({ ...where, environment_name: 'mine' }),
  );
  await allowed(ground, 'the owner keeps a variable', () =>
    owner.api.rest.actions.createRepoVariable({ ...where, name: 'COLOUR', value: 'red' }),
  );
  await refused(ground, 'twice the same is refused', '409', /^409 /, () =>
    owner.api.rest.actions.createRepoVariable({ ...where, name: 'COLOUR', value: 'blue' }),
  );
  await refused(ground, 'a workflow that is not there is not started', '404', /^404 Not Found/, () =>
    actions.createWorkflowDispatch({ ...where, workflow_id: 'none.yml', ref: 'main' }),
  );
  await refused(ground, 'an issue wants a title', '422', /^422 /, () => issues.create({ ...where, title: '' }));
  const { data } = await developer.api.rest.repos.listCommits({ ...where, sha: 'main' });
  book.same(
    'main has grown by what was merged',
    ['Write second.txt', 'topic'],
    titles(data.map(({ commit }) => commit.message)),
  );
}

/** Of merges, without the pull request's number: a single commit lends its own title. */
function titles(messages: readonly string[]): readonly string[] {
  return messages.map((message) => /^(.*) \(#\d+\)/.exec(message)?.[1]).filter((title) => title !== undefined);
}
