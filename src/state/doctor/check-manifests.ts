import type { Snapshot } from '../see/snapshot.ts';
import { type Finding, ok, weak } from './finding.ts';

/** What the repository itself tells: pins by tag, files that several owners share, records that cannot be read. */
export function checkManifests(snapshot: Snapshot): readonly Finding[] {
  return [...shared(snapshot), ...tags(snapshot), ...unreadable(snapshot), ...owners(snapshot)];
}

/** Team approvals and CODEOWNERS go by path: what is in one file has one owner. */
function shared({ places, layout }: Snapshot): readonly Finding[] {
  const files = new Map<string, Set<string>>();
  for (const { file, service } of places) files.set(file, (files.get(file) ?? new Set()).add(service));
  const several = [...files].filter(([, services]) => {
    const teams = new Set([...services].map((service) => layout.owners(service).join(' ')));
    return services.size > 1 && (layout.source === 'detected' || teams.size > 1);
  });
  if (several.length === 0)
    return [ok('manifests.shared', 'manifests', 'no file holds pins of services with different owners')];
  return several
    .slice(0, 20)
    .map(([file, services]) =>
      weak(
        'manifests.shared',
        file,
        `pins of ${services.size} services in one file: rules by path cannot tell their owners apart`,
        'one file for each service: envs/{environment}/{service}.json',
      ),
    );
}

function tags({ places }: Snapshot): readonly Finding[] {
  const found = places.filter((one) => one.pin !== undefined && one.pin.digest === undefined);
  if (found.length === 0) return [ok('manifests.digest', 'manifests', 'every release is pinned by digest')];
  const names = [...new Set(found.map((one) => one.service))];
  return [
    weak(
      'manifests.digest',
      `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`,
      `${found.length} of ${places.length} pins are by tag: what a tag means can change`,
      'pin by digest: the next bump does',
    ),
  ];
}

function unreadable({ places, notes }: Snapshot): readonly Finding[] {
  const broken = places
    .filter((one) => one.problem !== undefined)
    .map((one) =>
      weak('manifests.readable', `${one.service} in ${one.environment}`, one.problem ?? '', `correct ${one.file}`),
    );
  const records = notes
    .filter((note) => /^not counted: |cannot be read/.test(note))
    .map((note) =>
      weak('records.readable', 'records', note, 'correct the file: a hold that cannot be read stops everything'),
    );
  return [...broken, ...records];
}

/** Workflows of the infra repository hold the keys: somebody has to answer for them. */
function owners({ paths }: Snapshot): readonly Finding[] {
  const file = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'].find((path) => paths.includes(path));
  return file === undefined
    ? [
        weak(
          'codeowners',
          'CODEOWNERS',
          'nobody owns .github/: a workflow can be changed by whoever may write',
          'add CODEOWNERS with a line for /.github/',
        ),
      ]
    : [ok('codeowners', file, 'is there')];
}
