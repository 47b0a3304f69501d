import { afterAll, beforeAll, expect, test } from 'vitest';
import { hour, type InfraRepository, makeInfraRepository } from '../../state/see/testing/infra-repository.ts';
import { runCli } from './testing/run-cli.ts';

let app: InfraRepository;
let infra: InfraRepository;
/** Commits of the application, oldest first; the second has no release of its own. */
let commits: readonly string[];

beforeAll(async () => {
  [app, infra] = [await makeInfraRepository(), await makeInfraRepository()];
  const made: string[] = [];
  for (const [index, subject] of ['One (#1)', 'Two (#2)', 'Three (#3)', 'Four'].entries())
    made.push(await app.commit(index, subject, { 'main.txt': subject }, 'Dan'));
  commits = made;
  const pin = (environment: string, commit = ''): Record<string, string> => ({
    [`envs/${environment}.json`]: JSON.stringify({ api: { tag: commit } }),
  });
  await infra.commit(10, 'Start', { ...pin('dev', commits[0]), ...pin('prod', commits[0]) });
  await infra.commit(12, 'Update dev', pin('dev', commits[2]));
});
afterAll(() => {
  app.remove();
  infra.remove();
});

async function json(...words: readonly string[]) {
  const { out, err } = await runCli([...words, '--source', app.folder, '--json'], { cwd: infra.folder, now: hour(30) });
  expect(err).toBe('');
  return JSON.parse(out);
}

test('diff lists the commits between, from a clone of the application', async () => {
  const { services, notes } = await json('diff', 'dev', 'prod');
  expect(services).toMatchObject([{ direction: 'behind', by: 'commits', total: 2, pulls: [2, 3] }]);
  expect(
    services[0].commits.map((one: { subject: string; author: string }) => `${one.author}: ${one.subject}`),
  ).toEqual(['Dan: Two (#2)', 'Dan: Three (#3)']);
  expect(notes.join()).not.toContain('not known: give');
  expect((await json('diff', 'prod', 'dev')).services).toMatchObject([{ direction: 'ahead', total: 2 }]);
});

test('a commit without a release of its own is followed by the release that contains it', async () => {
  const { traces } = await json('trace', commits[1]?.slice(0, 10) ?? '');
  expect(traces).toMatchObject([
    { service: 'api', release: commits[2], stuck: { stage: 'infra update', environment: 'prod' } },
  ]);
  expect(traces[0].stages[0]).toMatchObject({ stage: 'commit', state: 'done', what: 'Dan: Two (#2)' });
  const { traces: last } = await json('trace', commits[3] ?? '');
  expect(last).toMatchObject([
    {
      service: null,
      release: null,
      stuck: { stage: 'infra update', what: expect.stringContaining('no release that is pinned contains it') },
    },
  ]);
});

test('lead time counts from when the commit was made', async () => {
  const { environments } = await json('history', '--measures', '--since', '2026-01-01');
  expect(environments[0]).toMatchObject({
    environment: 'dev',
    deliveries: 1,
    lead: { count: 1, median: 10 * 3_600_000, unknown: 0 },
  });
});
