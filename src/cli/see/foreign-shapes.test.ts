import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hour, type InfraRepository, makeInfraRepository } from '../../state/see/testing/infra-repository.ts';
import { shapes, tell } from '../../state/see/testing/shapes.ts';
import { runCli } from './testing/run-cli.ts';

describe.each(shapes)('$name', (shape) => {
  let repository: InfraRepository;
  beforeAll(async () => {
    repository = await makeInfraRepository();
    await tell(repository, shape);
  });
  afterAll(() => repository.remove());

  const [dev, staging, prod] = shape.environments;
  const json = async (...words: readonly string[]) => {
    const { code, out, err } = await runCli([...words, '--json'], { cwd: repository.folder, now: hour(100) });
    expect(err).toBe('');
    return { code, ...JSON.parse(out) };
  };

  test('is seen without any configuration: what is where, its history, and what differs', async () => {
    const { places, environments, layout } = await json('status');
    expect(layout.source).toBe('detected');
    expect(environments).toEqual([{ name: dev }, { name: staging, from: dev }, { name: prod, from: staging }]);
    const rows = places.map(
      (one: {
        environment: string;
        release: string;
        by: { pull: { number: number } };
        against: { state: string } | null;
      }) => [one.environment, one.release, one.by.pull.number, one.against?.state ?? null],
    );
    expect(rows).toEqual([
      [dev, shape.release('r3'), 15, null],
      [staging, shape.release('r2'), 12, 'differs'],
      [prod, shape.release('r4'), 17, 'differs'],
    ]);

    const { changes, complete } = await json('history', 'api');
    expect(complete).toBe(true);
    expect(
      changes.map(
        (one: { environment: string; kind: string; by: { author: string } }) =>
          `${one.environment} ${one.kind} ${one.by.author}`,
      ),
    ).toEqual([
      `${prod} past Ann`,
      `${prod} again Ann`,
      `${dev} bump Bot`,
      `${prod} revert Bob`,
      `${prod} promotion Ann`,
      `${staging} promotion Ann`,
      `${dev} bump Bot`,
      ...[...shape.environments].sort((a, b) => a.localeCompare(b)).map((one) => `${one} first Ann`),
    ]);

    const { services } = await json('diff', staging, prod);
    expect(services).toMatchObject([
      { service: 'api', state: 'differs', direction: 'ahead', by: 'history', commits: null },
    ]);
    expect((await json('diff', dev, staging)).services).toMatchObject([{ direction: 'behind' }]);
  });

  test('is measured and traced, and what cannot be known is not made up', async () => {
    const { environments } = await json('history', '--measures', '--since', '2026-01-01');
    const hours = (count: number): number => count * 3_600_000;
    expect(environments).toMatchObject([
      { environment: dev, deliveries: 2, failures: 0 },
      {
        environment: staging,
        deliveries: 1,
        promotion: { median: hours(2), unknown: 0 },
        breaches: [{ state: 'waiting', release: shape.release('r3') }],
      },
      {
        environment: prod,
        deliveries: 3,
        failures: 1,
        restore: { count: 1, median: hours(1) },
        lead: { count: 0, unknown: 3 },
        promotion: { count: 2, unknown: 1 },
        approval: { count: 0, unknown: 3 },
        breaches: [{ took: hours(40) }, { took: hours(36) }, { state: 'waiting', release: shape.release('r2') }],
      },
    ]);

    const alone = await json('history', '--measures', '--since', '2026-01-01', '--environment', prod);
    expect(alone.environments).toEqual([environments[2]]);

    const word = shape.release('r3').replace('sha256:', '');
    const { traces } = await json('trace', word);
    const [{ stuck, stages }] = traces;
    expect(stuck).toMatchObject({ stage: 'infra update', environment: staging, state: 'here' });
    expect(stages.filter((one: { state: string }) => one.state === 'done')).toMatchObject([
      { stage: 'infra update', environment: dev },
    ]);
    expect(
      stages
        .filter((one: { environment: string | null }) => one.environment === null)
        .map((one: { state: string }) => one.state),
    ).toEqual(Array(4).fill('unknown'));
    expect(
      stages
        .filter((one: { environment: string | null }) => one.environment === prod)
        .map((one: { state: string }) => one.state),
    ).toEqual(Array(4).fill('not reached'));

    const { findings, code } = await json('doctor');
    expect(code).toBe(1);
    const digests = findings.find((one: { id: string }) => one.id === 'manifests.digest');
    expect(digests.state).toBe(shape.release('r1').startsWith('sha256:') ? 'ok' : 'weak');
    expect(findings.find((one: { id: string }) => one.id === 'rules')).toMatchObject({ state: 'unknown' });
  });
});
