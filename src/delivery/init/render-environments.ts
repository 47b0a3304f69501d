import type { FoundManifests } from './find-environments.ts';
import { type Inline, inlineYaml } from './inline-yaml.ts';
import type { OrderedEnvironment } from './order-environments.ts';

export interface EnvironmentsDraft {
  /** Repository → service → team. */
  readonly accept: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly manifests: FoundManifests;
  /** This repository's own name, where an agent has to find it. */
  readonly repository?: string;
  readonly deploy?: Inline;
  /** In the order in which releases pass them. */
  readonly environments: readonly OrderedEnvironment[];
}

/** `kind: Environments` of trunkline.yaml: the first takes what is merged, each further one waits for its owners. */
export function renderEnvironments({ accept, manifests, repository, deploy, environments }: EnvironmentsDraft): string {
  const { kind, file, path, image } = manifests;
  const where: Inline = {
    [kind]: file,
    ...(path === undefined ? {} : { path }),
    ...(image === undefined ? {} : { image }),
  };
  const groups = groupLines(environments);
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
    ...(groups.length === 0 ? [] : ['groups:', ...groups]),
    'environments:',
    ...environments.map((one) => `  ${inlineYaml(one.name)}: ${step(one, environments.length)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Approvals of copies stand in their group. */
function groupLines(environments: readonly OrderedEnvironment[]): readonly string[] {
  const lines = environments.flatMap(({ group, from }) =>
    group === undefined ? [] : [`  ${inlineYaml(group)}: ${from === undefined ? '{}' : '{ approve: { owner: 1 } }'}`],
  );
  return [...new Set(lines)];
}

function step({ from, group, region }: OrderedEnvironment, count: number): string {
  const copy = {
    ...(group === undefined ? {} : { group }),
    ...(region === undefined ? {} : { region }),
  };
  // Where there is one environment only, nothing goes out without somebody's look.
  const asks = group === undefined && (from !== undefined || count === 1);
  const said = inlineYaml({
    ...(from === undefined ? { track: 'main' } : { from }),
    ...copy,
    ...(from === undefined && count > 1 ? { merge: 'auto' } : {}),
  });
  return asks ? said.replace(/ \}$/, ', approve: { owner: 1 } }') : said;
}
