import { allowed, type Ground, refused, tipOf, writeFile } from './ground.ts';

/** Refs and files through the API, where no rule stands in the way. */
export async function rehearseRefs(ground: Ground): Promise<void> {
  const { book, developer, stranger, where } = ground;
  book.phase('Refs and files through the API');
  const { git, repos } = developer.api.rest;
  const main = await tipOf(ground, developer, 'main');

  await allowed(ground, 'a branch is made at main', () =>
    git.createRef({ ...where, ref: 'refs/heads/one', sha: main }),
  );
  await refused(ground, 'a second of that name is refused', '422, it exists', /^422 Reference already exists/, () =>
    git.createRef({ ...where, ref: 'refs/heads/one', sha: main }),
  );
  await refused(ground, 'a ref of nothing is refused', '422, no object', /^422 Object does not exist/, () =>
    git.createRef({ ...where, ref: 'refs/heads/none', sha: 'f'.repeat(40) }),
  );
  await refused(ground, 'a ref outside of refs/ is refused', '422', /^422 /, () =>
    git.createRef({ ...where, ref: 'heads-one', sha: main }),
  );
  const first = await writeFile(ground, developer, 'one', 'a.txt', 'a\n');
  await refused(ground, 'a file that is there is not written without saying what it was', '422', /^422 /, () =>
    repos.createOrUpdateFileContents({ ...where, branch: 'one', path: 'a.txt', message: 'again', content: 'Yg==' }),
  );
  await refused(ground, 'nor by saying what it was not', '409', /^409 /, () =>
    repos.createOrUpdateFileContents({
      ...where,
      branch: 'one',
      path: 'a.txt',
      message: 'again',
      content: 'Yg==',
      sha: 'f'.repeat(40),
    }),
  );
  await refused(ground, 'a branch does not go back by itself', '422', /^422 Update is not a fast forward/, () =>
    git.updateRef({ ...where, ref: 'heads/one', sha: main }),
  );
  await allowed(ground, 'it goes back by force', () =>
    git.updateRef({ ...where, ref: 'heads/one', sha: main, force: true }),
  );
  await allowed(ground, 'and forth again', () => git.updateRef({ ...where, ref: 'heads/one', sha: first }));
  await refused(ground, 'a ref that is not there is not found', '404', /^404 Not Found/, () =>
    git.getRef({ ...where, ref: 'heads/nowhere' }),
  );
  await refused(ground, 'a ref that is not there is not deleted', '422', /^422 Reference does not exist/, () =>
    git.deleteRef({ ...where, ref: 'heads/nowhere' }),
  );
  await allowed(ground, 'a branch is deleted', () => git.deleteRef({ ...where, ref: 'heads/one' }));
  await refused(ground, 'nobody is told of the repository', '401', /^401 Bad credentials/, () =>
    stranger.rest.repos.get(where),
  );
}
