import type { GitHub } from '../../github/client.ts';
import { readTexts } from '../read-state.ts';
import { readJudgements } from './judgements.ts';
import { releaseOf, type Seen } from './layout.ts';
import type { Infra } from './open-infra.ts';
import { type OpenPullFacts, readOpenPulls } from './open-pulls.ts';
import { keyOf } from './pin-changes.ts';
import type { Snapshot } from './snapshot.ts';
import type { WaitingPull } from './status.ts';

/** Open pull requests that would change pins, each with what keeps it. */
export async function readWaitingPulls(
  github: GitHub,
  repository: string,
  infra: Infra,
  snapshot: Snapshot,
  now: number,
  notes: string[],
): Promise<readonly WaitingPull[]> {
  const { pulls, more, unread } = await readOpenPulls(github, repository, infra.branch);
  if (more) notes.push(`more than ${pulls.length} pull requests are open: the oldest are not shown`);
  notes.push(...unread.map((one) => `not everything that pull requests wait for is known: ${one}`));
  const { layout } = snapshot;
  const concerned = pulls.flatMap((pull) => {
    const paths = pull.paths.filter((path) => layout.isManifest(path));
    return paths.length === 0 ? [] : [{ pull, paths }];
  });
  const heads = await readTexts(
    github,
    repository,
    concerned.flatMap(({ pull, paths }) => paths.map((path) => `${pull.headOid}:${path}`)),
  );
  const waiting: { pull: OpenPullFacts; changes: WaitingPull['changes'] }[] = [];
  for (const { pull, paths } of concerned) {
    const fork = pull.forkOid ?? infra.commit;
    const bases = await infra.objects.read(paths.map((path) => `${fork}:${path}`));
    const changes = paths.flatMap((path, index) => {
      const before = layout.read(path, bases[index]?.toString('utf8') ?? snapshot.texts.get(path) ?? '') ?? [];
      return differences(before, layout.read(path, heads.get(`${pull.headOid}:${path}`) ?? '') ?? []);
    });
    if (changes.length > 0) waiting.push({ pull, changes });
  }
  const numbers = snapshot.config === undefined ? [] : waiting.map(({ pull }) => pull.number);
  const judgements = await readJudgements(github, repository, { numbers, open: pulls.length }, now, notes);
  return waiting.map((one) => ({ ...one, judgement: judgements.get(one.pull.number) }));
}

function differences(before: readonly Seen[], after: readonly Seen[]): WaitingPull['changes'] {
  const earlier = new Map(before.map((one) => [keyOf(one.service, one.environment), one.pin]));
  return after.flatMap(({ service, environment, pin, problem }) => {
    const was = earlier.get(keyOf(service, environment));
    if (
      problem !== undefined ||
      (was === undefined ? undefined : releaseOf(was)) === (pin === undefined ? undefined : releaseOf(pin))
    )
      return [];
    return [
      {
        service,
        environment,
        ...(was === undefined ? {} : { before: was }),
        ...(pin === undefined ? {} : { after: pin }),
      },
    ];
  });
}
