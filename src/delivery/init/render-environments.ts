import type { FoundManifests } from './find-environments.ts';
import { type Inline, inlineYaml } from './inline-yaml.ts';

export interface EnvironmentsDraft {
  /** Repository → service → team. */
  readonly accept: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly manifests: FoundManifests;
  /** This repository's own name, where an agent has to find it. */
  readonly repository?: string;
  readonly deploy?: Inline;
  /** In the order in which releases pass them. */
  readonly environments: readonly string[];
}

/** `kind: Environments` of trunkline.yaml: the first takes what is merged, each further one waits for its owners. */
export function renderEnvironments({ accept, manifests, repository, deploy, environments }: EnvironmentsDraft): string {
  const { kind, file, path, image } = manifests;
  const where: Inline = {
    [kind]: file,
    ...(path === undefined ? {} : { path }),
    ...(image === undefined ? {} : { image }),
  };
  const lines = [
    'kind: Environments',
    ...(repository === undefined ? [] : [`repository: ${inlineYaml(repository)}`]),
    'accept: # who may ship what: repository → services → the team that owns each',
    ...[...accept].flatMap(([repository, services]) => [
      `  ${inlineYaml(repository)}:`,
      `    services: ${inlineYaml(Object.fromEntries(services))}`,
    ]),
    `manifests: ${inlineYaml(where)}`,
    ...(deploy === undefined ? [] : [`deploy: ${inlineYaml(deploy)}`]),
    'environments:',
    ...environments.map(
      (name, index) => `  ${inlineYaml(name)}: ${step(environments[index - 1], environments.length)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function step(before: string | undefined, count: number): string {
  // Where there is one environment only, nothing goes out without somebody's look.
  if (before === undefined)
    return count === 1 ? '{ track: main, approve: { owner: 1 } }' : '{ track: main, merge: auto }';
  return `{ from: ${inlineYaml(before)}, approve: { owner: 1 } }`;
}
