import { TrunklineError } from '../../errors.ts';
import { setPinAt } from '../../manifest/manifest.ts';
import type { ManifestPlace } from '../../manifest/place.ts';
import { parseDigest } from '../../model/digest.ts';
import { findDeploy } from './find-deploy.ts';
import type { FoundEnvironments } from './find-environments.ts';
import type { InitAnswers } from './init-answers.ts';
import { shownFiles } from './init-questions.ts';
import { type InitStart, ownRepository, teamsOf } from './init-start.ts';
import type { Inline } from './inline-yaml.ts';
import { optional } from './optional.ts';
import { renderEnvironments } from './render-environments.ts';
import type { RepositoryFiles } from './repository-files.ts';
import { splitManifests } from './split-manifests.ts';

export interface InfraDescription {
  readonly text: string;
  /** Manifests that are not there yet. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly notes: readonly string[];
}

/** `kind: Environments` from what was found and told. @throws INPUT_INVALID where no one line leads to all pins */
export function describeInfra(
  files: RepositoryFiles,
  answers: InitAnswers,
  start: InitStart,
  isApp: boolean,
): InfraDescription {
  const { found } = start;
  const split = answers.split === true && found !== undefined ? splitManifests(files, found) : undefined;
  const scaffold = found === undefined ? fresh(start) : undefined;
  const manifests = split?.manifests ?? found?.manifests ?? scaffold?.manifests;
  if (manifests === undefined) throw noTemplate(found);
  const deploy = deployOf(files, answers, found);
  const shipped = acceptedOf(answers, start, isApp).flatMap(({ services }) => services);
  const left = start.services.filter((service) => !shipped.includes(service));
  const notes = [
    ...(left.length === 0
      ? []
      : [`nobody ships ${left.join(', ')}: releases of it are refused until a repository under \`accept\` has it`]),
    ...(found !== undefined && found.shared.length > 0 && split === undefined ? [sharedNote(found)] : []),
    ...(found === undefined || split !== undefined ? [] : roomNotes(files, found)),
    ...(split === undefined
      ? []
      : [`once whatever reads ${shownFiles(split.left)} reads the new files, delete the old ones`]),
    ...(deploy === undefined ? [noDeployNote(files, found)] : takenNote(files, deploy, found)),
  ];
  const teamOf = teamsOf(files, answers, start);
  const accept = new Map(
    acceptedOf(answers, start, isApp).map(({ repository, services }) => [
      repository,
      new Map(services.map((service) => [service, teamOf(service) ?? ''])),
    ]),
  );
  const text = renderEnvironments({
    accept,
    manifests,
    ...optional('repository', pulls(deploy) ? ownRepository(answers) : undefined),
    ...optional('deploy', deploy),
    environments: start.environments,
  });
  return { text, files: split?.files ?? scaffold?.files ?? [], notes };
}

/** Services that no repository was named with belong to the one that was named without services. */
function acceptedOf(
  answers: InitAnswers,
  start: InitStart,
  isApp: boolean,
): readonly { readonly repository: string; readonly services: readonly string[] }[] {
  // A repository that holds both ships its own.
  const told = answers.accept ?? (isApp ? [{ repository: ownRepository(answers), services: [] }] : []);
  const named = new Set(told.flatMap((one) => one.services));
  const rest = start.services.filter((service) => !named.has(service));
  return told.map(({ repository, services }) => ({ repository, services: services.length > 0 ? services : rest }));
}

function deployOf(
  files: RepositoryFiles,
  { deploy, accept }: InitAnswers,
  found: FoundEnvironments | undefined,
): Inline | undefined {
  if (deploy === 'trunkline lab deploy') {
    // The lab's own target takes nothing without the secret, and serves under the name of the health URL.
    const [owner = 'example'] = accept?.[0]?.repository.toLowerCase().split('/') ?? [];
    return {
      command: deploy,
      health: `http://{service}.{environment}.${owner}.test/health`,
      secrets: ['DEPLOY_TOKEN'],
    };
  }
  if (deploy !== undefined && deploy !== '') return { command: deploy };
  const seen = found === undefined ? undefined : findDeploy(files, found);
  return seen?.name === undefined ? undefined : { [seen.by]: seen.name };
}

/** Two sets that make objects of one name undo each other's work. */
function takenNote(files: RepositoryFiles, deploy: Inline, found: FoundEnvironments | undefined): readonly string[] {
  const seen = found === undefined || !pulls(deploy) ? undefined : findDeploy(files, found);
  if (seen === undefined) return [];
  const folder = seen.by === 'argocd' ? 'argocd' : 'flux';
  return [
    `${seen.file} names what \`trunkline generate\` writes into ${folder}/ as well: once that is applied, take it out of ${seen.file}`,
  ];
}

function noDeployNote(files: RepositoryFiles, found: FoundEnvironments | undefined): string {
  const seen = found === undefined ? undefined : findDeploy(files, found);
  if (seen === undefined)
    return 'no `deploy`: `trunkline ci deploy` has nothing to run until trunkline.yaml says what deploys';
  const [agent, what] = seen.by === 'argocd' ? ['Argo CD', 'Application'] : ['Flux', 'Kustomization'];
  return `${seen.file}: ${agent} deploys from here, under names that are not a service's and an environment's; with deploy: { ${seen.by}: "{service}-{environment}" }, or how each ${what} is called, its health is known and its files are generated`;
}

/** Whether an agent in the cluster brings it in. */
function pulls(deploy: Inline | undefined): boolean {
  return typeof deploy === 'object' && ('argocd' in deploy || 'flux' in deploy);
}

/** Manifests of a repository that has none: a file for each service in each environment. */
function fresh({ environments, services }: InitStart): {
  manifests: NonNullable<FoundEnvironments['manifests']>;
  files: InfraDescription['files'];
} {
  return {
    manifests: { kind: 'json', file: 'envs/{environment}/{service}.json', path: 'image' },
    files: environments.flatMap(({ name: environment }) =>
      services.map((service) => ({ path: `envs/${environment}/${service}.json`, text: '{\n  "image": ""\n}\n' })),
    ),
  };
}

/** Where a release has no place for its digest, and what makes one: tried on the very files. */
function roomNotes(files: RepositoryFiles, { places }: FoundEnvironments): readonly string[] {
  const found = new Map<string, string[]>();
  for (const { place } of places) {
    const reason = noRoom(place, files.texts.get(place.file) ?? '');
    if (reason !== undefined) found.set(reason, [...(found.get(reason) ?? []), place.file]);
  }
  return [...found].map(([reason, where]) => `${shownFiles([...new Set(where)])}: ${reason}`);
}

function noRoom(place: ManifestPlace, text: string): string | undefined {
  if (place.kind === 'json' && /tag$/i.test(place.keys.at(-1) ?? ''))
    return 'pinned by a tag alone, where a digest has no place; put "image": "registry/name@sha256:…" in its stead, and its key into manifests.path';
  try {
    setPinAt(place, text, { digest: parseDigest(`sha256:${'0'.repeat(64)}`), image: 'registry/name' });
    return undefined;
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return `no release can be written there: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`;
  }
}

function noTemplate(found: FoundEnvironments | undefined): TrunklineError {
  const files = [...new Set((found?.places ?? []).map(({ place }) => place.file))];
  return new TrunklineError(
    'INPUT_INVALID',
    `expected pins that one line of \`manifests\` leads to, with {environment} in the file's path; found ${shownFiles(files)}`,
    {
      hint: 'give each environment a file or folder of its own, named alike, such as envs/{environment}/{service}.yaml',
    },
  );
}

function sharedNote({ shared }: FoundEnvironments): string {
  return `${shownFiles(shared)}: several services share a file, so approvals by team cannot be told apart by path; one file for each service mends it, such as envs/{environment}/{service}.json (--split writes them for JSON)`;
}
