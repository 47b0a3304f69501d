import { TrunklineError } from '../../../errors.ts';
import { GitStarter } from '../../../git/git-starter.ts';
import { Book, type BookEvent, Halt, type Phase } from '../book.ts';
import { split } from '../deeds.ts';
import type { GitHubUnderTest } from '../github-under-test.ts';
import { createApi, createPerson, type Person } from '../person.ts';
import type { Ground } from './ground.ts';
import { rehearseProtectedBranch } from './protected-branch.ts';
import { rehearsePullRequests } from './pull-requests.ts';
import { rehearseRefs } from './refs.ts';
import { rehearseRights } from './rights.ts';

export interface RulesOptions {
  readonly organisation: string;
  /** Clones are made here. */
  readonly folder: string;
  readonly now: () => number;
  readonly onEvent: (event: BookEvent) => void;
}

export interface RulesRehearsal {
  readonly ok: boolean;
  readonly phases: readonly Phase[];
  readonly notes: readonly string[];
}

/** The repository that the scenario makes in the organisation. */
export const rulesRepository = 'rehearsal-of-rules';

/** Tries GitHub's rules one by one, with three people and one repository; wants no runner and no App. */
export async function rehearseRules(github: GitHubUnderTest, options: RulesOptions): Promise<RulesRehearsal> {
  const fullName = `${options.organisation}/${rulesRepository}`;
  const book = new Book(options.now, options.onEvent);
  const roles = ['owner', 'developer', 'reviewer'];
  const given = await github.cast({ repositories: [fullName], roles, teams: new Map(), apps: {} });
  const starter = new GitStarter();
  const person = (role: string): Person => {
    const account = given.people.get(role);
    if (account === undefined) throw new Error(`nobody plays ${role}`);
    return createPerson(github, account, { folder: options.folder, starter });
  };
  const ground: Ground = {
    github,
    book,
    fullName,
    where: split(fullName),
    owner: person('owner'),
    developer: person('developer'),
    reviewer: person('reviewer'),
    stranger: createApi(github, `ghp_${'0'.repeat(36)}`),
  };
  for (const note of github.notes) book.note(note);
  await makeRepository(ground);
  await given.joinRepositories(['developer', 'reviewer']);
  try {
    for (const act of [rehearseRefs, rehearseProtectedBranch, rehearsePullRequests, rehearseRights]) await act(ground);
  } catch (error) {
    if (error instanceof Halt || error instanceof TrunklineError) book.halted(error.message);
    else if (error instanceof Error && (error.name === 'HttpError' || error.name === 'GraphqlResponseError'))
      book.halted(error.message);
    else throw error;
  }
  return { ok: !book.failed, phases: book.phases, notes: book.notes };
}

async function makeRepository({ owner, where, fullName }: Ground): Promise<void> {
  await owner.api.rest.repos.createInOrg({
    org: where.owner,
    name: where.repo,
    private: true,
    auto_init: true,
    allow_auto_merge: true,
  });
  // No run shall come in between: none of the files here is a workflow's, and none shall become one.
  await owner.api.rest.actions.setGithubActionsPermissionsRepository({ ...split(fullName), enabled: false });
}
