import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme } from '../testing/acme.ts';

// What a repository is called, is about and belongs to, and what follows from it.

let acme: Acme;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const app = '/repos/acme/app';
const all = { ref_name: { include: ['~ALL'], exclude: [] } };
const file = (text: string) => ({ message: 'Write', content: Buffer.from(text).toString('base64'), branch: 'main' });

test('a renamed repository answers to the name it had, until another has it', async () => {
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'old', private: true }, 201);
  const { id } = await acme.ask('carol', 'PATCH', '/repos/acme/old', { name: 'new' }, 200);
  expect(await acme.ask('alice', 'GET', '/repos/acme/old', undefined, 200)).toMatchObject({ id, name: 'new' });
  expect(await acme.ask('alice', 'GET', '/repos/acme/new', undefined, 200)).toMatchObject({ id });
  expect((await acme.ask('carol', 'PATCH', '/repos/acme/new', { name: 'app' }, 422)).errors).toMatchObject([
    { message: 'name already exists on this account' },
  ]);
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'old', private: true }, 201);
  expect((await acme.ask('alice', 'GET', '/repos/acme/old', undefined, 200)).id).not.toBe(id);
});

test('the README is found where GitHub looks for it, in its order', async () => {
  expect(await acme.ask('alice', 'GET', `${app}/readme`, undefined, 200)).toMatchObject({ path: 'README.md' });
  await acme.commit('alice', 'main', '.github/readme.txt', 'first');
  const { path, content } = await acme.ask('alice', 'GET', `${app}/readme`, undefined, 200);
  expect([path, Buffer.from(content, 'base64').toString()]).toEqual(['.github/readme.txt', 'first']);
  await acme.ask('alice', 'GET', `${app}/readme?ref=nowhere`, undefined, 404);
});

test('a default branch must be there', async () => {
  expect((await acme.ask('carol', 'PATCH', app, { default_branch: 'trunk' }, 422)).errors).toEqual([
    {
      resource: 'Repository',
      field: 'default_branch',
      code: 'invalid',
      message: 'The branch trunk was not found. Please push that ref first or create it via the Git Data API.',
    },
  ]);
  expect(acme.repository().defaultBranch).toBe('main');
});

test('an archived repository is read, and nothing of it changes until it is one no more', async () => {
  const { node_id: repositoryId } = await acme.ask('carol', 'GET', app, undefined, 200);
  const archive =
    'mutation($id: ID!) { archiveRepository(input: { repositoryId: $id }) { repository { isArchived } } }';
  expect((await acme.graphql(acme.tokens.carol, archive, { id: repositoryId })).data).toEqual({
    archiveRepository: { repository: { isArchived: true } },
  });
  const words = 'Repository was archived so is read-only.';
  for (const [method, path, body] of [
    ['PUT', `${app}/contents/a.txt`, file('a')],
    ['POST', `${app}/issues`, { title: 'x' }],
    ['PATCH', app, { description: 'x' }],
    ['POST', `${app}/git/refs`, { ref: 'refs/heads/x', sha: acme.tip('main') }],
  ] as const)
    expect((await acme.ask('carol', method, path, body, 403)).message).toBe(words);
  await acme.ask('alice', 'GET', `${app}/contents/README.md`, undefined, 200);
  expect(await acme.ask('carol', 'PATCH', app, { archived: false }, 200)).toMatchObject({ archived: false });
  await acme.ask('carol', 'PUT', `${app}/contents/a.txt`, file('a'), 201);
});

test('a ruleset of the organisation finds its repositories by their properties', async () => {
  const schema = '/orgs/acme/properties/schema';
  const owner = acme.admin.createToken('carol', { scopes: ['repo', 'admin:org'] });
  const tier = { value_type: 'single_select', allowed_values: ['gold', 'tin'], required: true, default_value: 'tin' };
  await acme.ask('alice', 'PUT', `${schema}/tier`, tier, 403);
  await acme.ask(owner, 'PUT', `${schema}/tier`, tier, 200);
  const property = (values: readonly string[]) => ({ name: 'tier', property_values: values });
  const conditions = { ...all, repository_property: { include: [property(['gold'])], exclude: [] } };
  const ruleset = { name: 'gold', target: 'branch', enforcement: 'active', conditions, rules: [{ type: 'update' }] };
  const { id } = await acme.ask(owner, 'POST', '/orgs/acme/rulesets', ruleset, 201);
  await acme.ask('alice', 'PUT', `${app}/contents/tin.txt`, file('tin'), 201);
  const set = (value: unknown) => ({ properties: [{ property_name: 'tier', value }] });
  expect((await acme.ask('carol', 'PATCH', `${app}/properties/values`, set('lead'), 422)).errors[0]).toContain('lead');
  await acme.ask('carol', 'PATCH', `${app}/properties/values`, set('gold'), 204);
  await acme.ask('alice', 'PUT', `${app}/contents/gold.txt`, file('gold'), 409);
  expect(await acme.ask('alice', 'GET', `${app}/rules/branches/main`, undefined, 200)).toMatchObject([
    { type: 'update', ruleset_source: 'acme' },
  ]);
  await acme.ask('carol', 'PATCH', `${app}/properties/values`, set(null), 204);
  await acme.ask('alice', 'PUT', `${app}/contents/gold.txt`, file('gold'), 201);
  const system = { name: 'visibility', property_values: ['private'], source: 'system' };
  const excluding = { ...all, repository_property: { include: [system], exclude: [property(['tin'])] } };
  await acme.ask(owner, 'PUT', `/orgs/acme/rulesets/${id}`, { conditions: excluding }, 200);
  await acme.ask('alice', 'PUT', `${app}/contents/again.txt`, file('again'), 201);
  await acme.ask(owner, 'DELETE', `/orgs/acme/rulesets/${id}`, undefined, 204);
});

test('issues are found by milestone and by who is in them; a milestone that goes leaves them', async () => {
  const { number: milestone, node_id: id } = await acme.ask('alice', 'POST', `${app}/milestones`, { title: 'v1' }, 201);
  expect((await acme.ask('alice', 'POST', `${app}/milestones`, { title: 'v1' }, 422)).errors).toMatchObject([
    { code: 'already_exists', field: 'title' },
  ]);
  const first = await acme.ask('alice', 'POST', `${app}/issues`, { title: 'Under', body: 'for @bob', milestone }, 201);
  await acme.ask('bob', 'POST', `${app}/issues`, { title: 'Beside', assignees: ['alice'] }, 201);
  const { number: pull } = await acme.pull('alice', 'planned');
  await acme.ask('alice', 'PATCH', `${app}/issues/${pull}`, { milestone }, 200);
  const found = async (query: string): Promise<readonly string[]> =>
    (await acme.ask('alice', 'GET', `${app}/issues?${query}`, undefined, 200)).map(
      (one: { title: string }) => one.title,
    );
  expect(await found(`milestone=${milestone}`)).toEqual(['planned', 'Under']);
  expect(await found('milestone=none')).toEqual(['Beside']);
  expect(await found('mentioned=bob')).toEqual(['Under']);
  expect(await found('creator=bob')).toEqual(['Beside']);
  expect(await found('assignee=alice&sort=updated&direction=asc')).toEqual(['Beside']);
  expect(await found('assignee=none')).toEqual(['planned', 'Under']);
  expect((await acme.ask('alice', 'PATCH', `${app}/issues/${pull}`, { milestone: 99 }, 422)).errors).toMatchObject([
    { field: 'milestone', code: 'invalid' },
  ]);
  const query =
    '{ repository(owner: "acme", name: "app") { milestones(first: 5) { nodes { title id } } issues(first: 5, filterBy: { milestoneNumber: "1" }) { nodes { number milestone { title } } } } }';
  expect((await acme.graphql(acme.tokens.bob, query)).data).toEqual({
    repository: {
      milestones: { nodes: [{ title: 'v1', id }] },
      issues: { nodes: [{ number: first.number, milestone: { title: 'v1' } }] },
    },
  });
  await acme.ask('alice', 'DELETE', `${app}/milestones/${milestone}`, undefined, 204);
  expect(await found('milestone=none')).toEqual(['planned', 'Beside', 'Under']);
});

test('search heeds what GitHub’s qualifiers ask, and looks for what is none of them as it stands', async () => {
  const { number } = await acme.ask(
    'alice',
    'POST',
    `${app}/issues`,
    { title: 'Sought', body: 'see why:so @carol' },
    201,
  );
  await acme.ask('bob', 'POST', `${app}/issues/${number}/comments`, { body: 'quite unlikely' }, 201);
  const found = async (query: string): Promise<readonly string[]> => {
    const path = `/search/issues?q=${encodeURIComponent(`repo:acme/app is:issue ${query}`)}`;
    return (await acme.ask('alice', 'GET', path, undefined, 200)).items.map((one: { title: string }) => one.title);
  };
  const day = new Date().toISOString().slice(0, 10);
  for (const query of ['why:so', 'unlikely', 'commenter:bob', 'mentions:carol', 'involves:bob Sought'])
    expect(await found(query)).toEqual(['Sought']);
  for (const query of [`created:>=${day}`, `created:*..${day}`, 'no:label', 'no:milestone', 'is:private'])
    expect(await found(`${query} Sought`)).toEqual(['Sought']);
  for (const query of [`created:<${day}`, '-no:label', 'is:public', 'archived:true', 'reviewed-by:bob', 'why:not'])
    expect(await found(`${query} Sought`)).toEqual([]);
});

test('reactions are counted once for each of somebody’s, and taken back by who gave them', async () => {
  const { node_id: subjectId, number } = await acme.ask('alice', 'POST', `${app}/issues`, { title: 'Liked' }, 201);
  const path = `${app}/issues/${number}/reactions`;
  const { id } = await acme.ask('bob', 'POST', path, { content: 'rocket' }, 201);
  await acme.ask('bob', 'POST', path, { content: 'rocket' }, 200);
  const add = 'mutation($id: ID!) { addReaction(input: { subjectId: $id, content: ROCKET }) { reaction { content } } }';
  expect((await acme.graphql(acme.tokens.alice, add, { id: subjectId })).data).toMatchObject({
    addReaction: { reaction: { content: 'ROCKET' } },
  });
  expect((await acme.ask('alice', 'GET', `${app}/issues/${number}`)).reactions).toMatchObject({
    rocket: 2,
    total_count: 2,
  });
  await acme.ask('bob', 'DELETE', `${path}/${id}`, undefined, 204);
  const groups =
    'query($id: ID!) { node(id: $id) { ... on Issue { reactionGroups { content viewerHasReacted users { totalCount } } } } }';
  const shown = await acme.graphql(acme.tokens.alice, groups, { id: subjectId });
  const { reactionGroups } = (shown.data as { node: { reactionGroups: object[] } }).node;
  expect(reactionGroups).toHaveLength(8);
  expect(reactionGroups).toContainEqual({ content: 'ROCKET', viewerHasReacted: true, users: { totalCount: 1 } });
});

test('a deploy key is a public key that nobody else has; topics are short and lower case', async () => {
  const blob = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa'), Buffer.alloc(40, 1)]).toString(
    'base64',
  );
  const key = `ssh-rsa ${blob} ci@acme`;
  await acme.ask('alice', 'POST', `${app}/keys`, { title: 'CI', key }, 403);
  const made = await acme.ask('carol', 'POST', `${app}/keys`, { title: '', key }, 201);
  expect(made).toMatchObject({
    title: 'ci@acme',
    key: `ssh-rsa ${blob}`,
    read_only: false,
    verified: true,
    added_by: 'carol',
  });
  expect((await acme.ask('carol', 'POST', `${app}/keys`, { title: 'CI', key }, 422)).errors[0].message).toBe(
    'key is already in use',
  );
  expect((await acme.ask('carol', 'POST', `${app}/keys`, { key: 'ssh-rsa AAAA' }, 422)).errors[0].message).toMatch(
    /^key is invalid/,
  );
  // A repository that goes sets its keys free.
  const other = { title: 'CI', key: key.replace('AQEB', 'AQIB') };
  for (const name of ['brief', 'brief-again']) {
    await acme.ask('carol', 'POST', '/orgs/acme/repos', { name }, 201);
    await acme.ask('carol', 'POST', `/repos/acme/${name}/keys`, other, 201);
    await acme.ask('carol', 'DELETE', `/repos/acme/${name}`, undefined, 204);
  }
  const templates = { name: 'brief', license_template: 'mit' };
  expect((await acme.ask('carol', 'POST', '/orgs/acme/repos', templates, 422)).errors[0].message).toContain(
    'not served',
  );
  expect(await acme.ask('carol', 'PUT', `${app}/topics`, { names: ['GitOps', 'gitops', 'delivery'] }, 200)).toEqual({
    names: ['gitops', 'delivery'],
  });
  await acme.ask('carol', 'PUT', `${app}/topics`, { names: ['no spaces'] }, 422);
  expect(await acme.ask('alice', 'GET', '/search/repositories?q=topic:gitops', undefined, 200)).toMatchObject({
    total_count: 1,
  });
});

test('who works on a repository is seen by those who may push to it', async () => {
  acme.admin.createUser('guest');
  acme.admin.addCollaborator('acme/app', 'guest', 'read');
  const guest = acme.admin.createToken('guest');
  expect((await acme.ask(guest, 'GET', `${app}/collaborators`, undefined, 403)).message).toBe(
    'Must have push access to view repository collaborators.',
  );
  expect((await acme.ask(guest, 'GET', `${app}/collaborators/bob/permission`, undefined, 403)).message).toBe(
    'Must have push access to view collaborator permission.',
  );
  await acme.ask('bob', 'GET', `${app}/collaborators`, undefined, 200);
  expect(await acme.ask('bob', 'GET', `${app}/collaborators/guest/permission`, undefined, 200)).toMatchObject({
    permission: 'read',
  });
});
