import { expect, test } from 'vitest';
import type { GitHub } from '../github/client.ts';
import { readDifference } from './read-difference.ts';

const bot = 'trunkline-delivery[bot]';
const site = 'noreply@github.com';

interface Given {
  readonly author?: string;
  readonly committer?: string;
  readonly email?: string;
  readonly verified?: boolean;
}

/** A GitHub that knows one comparison. */
function comparing({ author, committer, email = 'x@acme.test', verified }: Given): GitHub {
  const account = (login: string | undefined) => (login === undefined ? null : { login });
  const commit = {
    author: account(author),
    committer: account(committer),
    commit: { committer: { email }, ...(verified === undefined ? {} : { verification: { verified } }) },
  };
  const data = { commits: [commit], total_commits: 1, files: [], merge_base_commit: { sha: '1'.repeat(40) } };
  const request = Object.assign(async () => ({ data }), { defaults: undefined, endpoint: undefined });
  return { request } as unknown as GitHub;
}

test.each<[string, boolean, Given, readonly (string | undefined)[]]>([
  ['what GitHub signed for the App', true, { author: bot, email: site, verified: true }, [bot]],
  ['what web-flow signed', true, { author: 'bob', committer: 'web-flow', verified: true }, ['bob']],
  [
    'GitHub’s address without a signature',
    true,
    { author: bot, email: site, verified: false },
    [bot, undefined, undefined],
  ],
  ['the same in a person’s', false, { author: 'alice', email: site, verified: false }, ['alice', undefined]],
  [
    'web-flow without a signature',
    false,
    { author: 'alice', committer: 'web-flow', verified: false },
    ['alice', undefined],
  ],
  ['GitHub’s address in capitals', false, { author: 'alice', email: 'NoReply@GitHub.com' }, ['alice', undefined]],
  ['all forged in the App’s', true, { author: bot, committer: bot, verified: false }, [bot, bot, undefined]],
  ['a person’s signature in the App’s', true, { author: bot, committer: 'bob', verified: true }, [bot, 'bob']],
  ['a person’s push', false, { author: 'alice', committer: 'bob', verified: false }, ['alice', 'bob']],
  ['nobody known', false, {}, [undefined, undefined]],
])('who wrote: %s', async (_, delivery, given, authors) => {
  const pull = { number: 1, baseOid: 'a', headOid: 'b', delivery };
  expect((await readDifference(comparing(given), 'acme/infra', pull)).authors).toEqual(authors);
});
