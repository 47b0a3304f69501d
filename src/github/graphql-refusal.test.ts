import { expect, test } from 'vitest';
import { graphqlRefusal } from './graphql-refusal.ts';

test('a repository that a credential does not see is named, with where to look', () => {
  const message = "Could not resolve to a Repository with the name 'other/app'.";
  expect(graphqlRefusal('a query', [{ type: 'NOT_FOUND', message }])).toMatchObject({
    message: `GitHub answered a query: ${message}`,
    hint: expect.stringContaining('is other/app spelled so, and may the credential read it?'),
  });
  expect(graphqlRefusal('a query', []).message).toBe('GitHub answered a query: no data');
  expect(graphqlRefusal('a query', [{ message: 'Something went wrong' }]).hint).toBeUndefined();
});
