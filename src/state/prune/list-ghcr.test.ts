import { expect, test } from 'vitest';
import { deleteVersion } from '../../apply/prune.ts';
import { createClient } from '../../github/client.ts';
import type { Digest } from '../../model/digest.ts';
import { listGhcr } from './list-ghcr.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** Answers by path, as GitHub does of a package that belongs to a person, or to an organisation. */
function client(owner: 'orgs' | 'users', count = 1, status = 400) {
  const asked: string[] = [];
  const github = createClient({
    apiUrl: 'https://api.github.test',
    credentials: { kind: 'token', token: 't' },
    repository: 'acme/api',
    readOnly: false,
    ports: {
      clock: { now: () => 0, sleep: async () => undefined },
      interrupted: new AbortController().signal,
      fetch: async (input, init) => {
        const url = new URL(String(input));
        asked.push(`${init?.method} ${url.pathname}`);
        if (!url.pathname.startsWith(`/${owner}/`)) return Response.json({ message: 'Not Found' }, { status: 404 });
        if (init?.method === 'DELETE')
          return Response.json({ message: 'You cannot delete the last tagged version' }, { status });
        const start = (Number(url.searchParams.get('page')) - 1) * 100;
        const page = Array.from({ length: Math.min(100, Math.max(0, count - start)) }, (_, at) => ({
          id: start + at,
          name: count === 1 ? digest : `sha256:${(start + at).toString(16).padStart(64, '0')}`,
          created_at: '2026-11-01T00:00:00Z',
          metadata: { container: { tags: ['v1'] } },
        }));
        return Response.json(page);
      },
    },
  });
  return { github, asked };
}
const place = { registry: 'ghcr.io', repository: 'acme/api' };

test('packages of organisations and of people have paths of their own, to read and to delete', async () => {
  for (const owner of ['orgs', 'users'] as const) {
    const { github, asked } = client(owner);
    const found = await listGhcr(github, place);
    expect(found).toMatchObject({
      owner: { kind: owner === 'orgs' ? 'org' : 'user', login: 'acme' },
      versions: [{ digest, tags: ['v1'], pushedAt: Date.parse('2026-11-01T00:00:00Z') }],
    });
    const [one] = found.versions;
    if (one === undefined) throw new Error('expected a version');
    expect(await deleteVersion(github, found)(one.digest)).toEqual({
      refused: expect.stringContaining('You cannot delete the last tagged version'),
    });
    expect(asked.at(-1)).toBe(`DELETE /${owner}/acme/packages/container/api/versions/0`);
  }
});

test('who may read versions and not delete them is told so, and not that they are gone', async () => {
  const { github, asked } = client('orgs', 1, 404);
  const found = await listGhcr(github, place);
  await expect(deleteVersion(github, found)(digest as Digest)).rejects.toThrow('may only read them');
  expect(asked.at(-1)).toBe('GET /orgs/acme/packages/container/api/versions/0');
});

test('a package of many versions is listed whole', async () => {
  const { github } = client('orgs', 3_250);
  expect((await listGhcr(github, place)).versions).toHaveLength(3_250);
});
