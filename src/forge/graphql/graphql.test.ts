import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, checksRule, openAcme } from '../testing/acme.ts';

// What a query may not ask for, and what is done with arguments: each is heeded, or refused by its name.

let acme: Acme;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const ask = (who: 'alice' | 'bob' | 'carol', query: string, variables?: unknown) =>
  acme.graphql(acme.tokens[who], query, variables);
const inApp = (fields: string): string => `{ repository(owner: "acme", name: "app") { ${fields} } }`;

test('nodes are asked for by first or last, a hundred at most; to count them takes neither', async () => {
  const { data, errors } = await ask('alice', inApp('name issues { nodes { number } }'));
  expect(data).toEqual({ repository: null });
  expect(errors).toMatchObject([
    {
      type: 'MISSING_PAGINATION_BOUNDARIES',
      path: ['repository', 'issues'],
      message: 'You must provide a `first` or `last` value to properly paginate the `issues` connection.',
    },
  ]);
  expect((await ask('alice', inApp('labels(first: 101) { nodes { name } }'))).errors).toMatchObject([
    {
      type: 'EXCESSIVE_PAGINATION',
      message: 'Requesting 101 records on the `labels` connection exceeds the `first` limit of 100 records.',
    },
  ]);
  const counted = `${inApp('...Counts')} fragment Counts on Repository { issues { totalCount } }`;
  expect(await ask('alice', counted)).toEqual({ data: { repository: { issues: { totalCount: 0 } } } });
  const fragment = `${inApp('issues { ...Nodes }')} fragment Nodes on IssueConnection { edges { cursor } }`;
  expect((await ask('alice', fragment)).errors?.[0]?.type).toBe('MISSING_PAGINATION_BOUNDARIES');
});

test('an argument that is not heeded is refused by name, wherever it stands', async () => {
  const refused = async (fields: string): Promise<string | undefined> =>
    (await ask('alice', inApp(fields))).errors?.[0]?.message;
  expect(await refused('issues(first: 1, filterBy: { viewerSubscribed: true }) { nodes { number } }')).toBe(
    'Repository.issues(filterBy.viewerSubscribed:) is not served by the lab',
  );
  expect(
    await refused(
      'defaultBranchRef { target { ... on Commit { history(first: 1, since: "2026-01-01T00:00:00Z") { nodes { oid } } } } }',
    ),
  ).toBe('Commit.history(since:) is not served by the lab');
  // What the schema says by itself is nothing that was asked for.
  expect(await refused('issues(first: 1, filterBy: { assignee: "bob" }) { nodes { number } }')).toBeUndefined();
});

test('an input that is not heeded is refused before anything is done', async () => {
  const { node_id: repositoryId } = await acme.ask('alice', 'GET', '/repos/acme/app', undefined, 200);
  const before = acme.forge.store.issues.size;
  const create = 'mutation($input: CreateIssueInput!) { createIssue(input: $input) { issue { number } } }';
  const input = { repositoryId, title: 'Part of another', parentIssueId: 'I_x' };
  expect((await ask('alice', create, { input })).errors).toMatchObject([
    { type: 'NOT_SERVED', message: 'Mutation.createIssue(input.parentIssueId:) is not served by the lab' },
  ]);
  expect(acme.forge.store.issues.size).toBe(before);
});

test('issues are made for people, found by who has, wrote or is named in them, and changed in one mutation', async () => {
  const { node_id: repositoryId } = await acme.ask('alice', 'GET', '/repos/acme/app', undefined, 200);
  const people = await ask(
    'alice',
    inApp(
      'assignableUsers(first: 10, query: "bob") { nodes { id login } } labels(first: 20, query: "bug") { nodes { id name isDefault color } }',
    ),
  );
  const found = people.data?.['repository'] as {
    assignableUsers: { nodes: { id: string }[] };
    labels: { nodes: { id: string }[] };
  };
  expect(found).toMatchObject({
    assignableUsers: { nodes: [{ login: 'bob' }] },
    labels: { nodes: [{ name: 'bug', isDefault: true, color: 'd73a4a' }] },
  });
  const [bob] = found.assignableUsers.nodes;
  const create =
    'mutation($input: CreateIssueInput!) { createIssue(input: $input) { issue { id number assignees(first: 5) { nodes { login } } } } }';
  const made = await ask('alice', create, {
    input: { repositoryId, title: 'Broken', body: 'cc @carol', assigneeIds: [bob?.id] },
  });
  expect(made.data).toMatchObject({ createIssue: { issue: { assignees: { nodes: [{ login: 'bob' }] } } } });
  const { id, number } = (made.data as { createIssue: { issue: { id: string; number: number } } }).createIssue.issue;
  const by = async (filter: string): Promise<unknown> =>
    (await ask('alice', inApp(`issues(first: 9, filterBy: ${filter}) { nodes { number } }`))).data;
  const hit = { repository: { issues: { nodes: [{ number }] } } };
  const none = { repository: { issues: { nodes: [] } } };
  expect(await by('{ assignee: "bob" }')).toEqual(hit);
  expect(await by('{ assignee: "alice" }')).toEqual(none);
  expect(await by('{ mentioned: "carol" }')).toEqual(hit);
  expect(await by('{ mentioned: "car" }')).toEqual(none);
  expect(await by('{ createdBy: "alice", since: "2000-01-01T00:00:00Z" }')).toEqual(hit);
  const update =
    'mutation($input: UpdateIssueInput!) { updateIssue(input: $input) { issue { title assignees(first: 5) { totalCount } labels(first: 5) { nodes { name } } } } }';
  const changed = await ask('alice', update, {
    input: { id, title: 'Mended', assigneeIds: [], labelIds: [found.labels.nodes[0]?.id] },
  });
  expect(changed.data).toEqual({
    updateIssue: { issue: { title: 'Mended', assignees: { totalCount: 0 }, labels: { nodes: [{ name: 'bug' }] } } },
  });
});

test('a rollup counts its checks by state, as gh pr status asks', async () => {
  const { head } = await acme.pull('alice', 'counted');
  const status = (context: string, state: string) =>
    acme.ask('bob', 'POST', `/repos/acme/app/statuses/${head}`, { context, state }, 201);
  await status('a', 'success');
  await status('b', 'pending');
  await acme.ruleset([checksRule('a')]);
  const query = inApp(
    `object(oid: "${head}") { ... on Commit { status { state } statusCheckRollup { state contexts { checkRunCount checkRunCountsByState { state count } statusContextCount statusContextCountsByState { state count } } } } }`,
  );
  expect((await ask('alice', query)).data).toMatchObject({
    repository: {
      object: {
        status: { state: 'PENDING' },
        statusCheckRollup: {
          contexts: {
            checkRunCount: 0,
            checkRunCountsByState: [],
            statusContextCount: 2,
            statusContextCountsByState: expect.arrayContaining([
              { state: 'SUCCESS', count: 1 },
              { state: 'PENDING', count: 1 },
            ]),
          },
        },
      },
    },
  });
});
