import { expect, test } from 'vitest';
import { createClient } from '../github/client.ts';
import { keepFindingsIssue } from './findings-issue.ts';

const issue = (number: number, body: string, author_association = 'NONE', type = 'User') => ({
  number,
  body,
  author_association,
  user: { login: 'x', type },
});

async function keep(name: string, issues: readonly object[]): Promise<{ done: string; written: string[] }> {
  const written: string[] = [];
  const github = createClient({
    apiUrl: 'https://api.github.test',
    credentials: { kind: 'token', token: 't' },
    repository: 'acme/app',
    readOnly: false,
    ports: {
      clock: { now: () => 0, sleep: async () => undefined },
      interrupted: new AbortController().signal,
      fetch: async (input, init) => {
        const { pathname, searchParams } = new URL(String(input));
        if (init?.method !== 'GET') {
          written.push(`${init?.method} ${pathname}`);
          return Response.json({ number: 9999 });
        }
        const start = (Number(searchParams.get('page')) - 1) * 100;
        return Response.json(issues.slice(start, start + 100));
      },
    },
  });
  const done = await keepFindingsIssue(github, 'acme/app', { name, title: 'Findings', body: 'new' });
  return { done, written };
}

test('behind a thousand others it is found, and an issue of an outsider with its mark is left alone', async () => {
  const mark = 'old\n\n<!-- trunkline findings: scan of a/b -->';
  const others = Array.from({ length: 1_050 }, (_, at) => issue(at + 2, 'something else', 'MEMBER'));
  const { done, written } = await keep('scan of a/b', [issue(1, mark), ...others, issue(2_000, mark, 'NONE', 'Bot')]);
  expect(done).toBe('#2000 is renewed');
  expect(written).toEqual(['PATCH /repos/acme/app/issues/2000']);
});

test('names that differ in one sign have an issue each, and none ends its mark early', async () => {
  for (const [name, other] of [
    ['a+b', 'ab'],
    ['café', 'caf'],
    ['a --> b', 'a  b'],
  ]) {
    const { done } = await keep(name ?? '', [issue(1, `<!-- trunkline findings: ${other} -->`, 'OWNER')]);
    expect(done).toBe('#9999 is opened');
  }
});
