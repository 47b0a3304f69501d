/** What a path says of where its pins run. */
export interface Whereabouts {
  readonly environment: string;
  readonly region?: string;
  /** Folders that name neither: `services/api`. */
  readonly rest: readonly string[];
}

const known =
  /^(?:dev|develop|development|sandbox|int|integration|test|testing|qa|uat|stag|staging|stage|preprod|pre-prod|preproduction|prod|production|live)$/;
const holders = new Set(['overlays', 'envs', 'env', 'environments', 'clusters', 'stages', 'values', 'deploy']);
/** What environments are made of stands beside them. */
const bases = /^(?:bases?|common|components?|shared|templates?|defaults?)$/;
const regions = /^(?:eu|us|ap|asia|emea|apac|sa|ca|af|me)(?:-[a-z]+(?:-?[0-9])?)*$/;

/** Whether a name alone says that it is an environment's. */
export function isUsualEnvironment(name: string): boolean {
  return known.test(name);
}

/**
 * The environment that a path names: a folder below `overlays`, `envs` and their like, a folder or file with a usual
 * name (`prod`, `values-prod.yaml`, `prod.values.yaml`), the last that does. Undefined where none does.
 */
export function environmentOf(path: string): Whereabouts | undefined {
  const parts = path.split('/');
  const folders = parts.slice(0, -1);
  const file = (parts.at(-1) ?? '').replace(/\.(?:ya?ml|json)$/, '');
  const fromFile = fileEnvironment(file, folders.at(-1));
  const at = folders.findLastIndex(
    (name, index) =>
      known.test(name) || (holders.has(folders[index - 1] ?? '') && !regions.test(name) && !bases.test(name)),
  );
  const environment = fromFile ?? folders[at];
  if (environment === undefined) return undefined;
  const region = folders.find((name, index) => regions.test(name) && (index !== at || fromFile !== undefined));
  const rest = folders.filter(
    (name, index) => !(fromFile === undefined && index === at) && name !== region && !holders.has(name),
  );
  return { environment, rest, ...(region === undefined ? {} : { region }) };
}

/** `prod`, `values-prod`, `prod-values`, `values.prod`, `prod.values`; any name at all below `envs`. */
function fileEnvironment(file: string, folder: string | undefined): string | undefined {
  const name = /^(?:values[-._](?<after>.+)|(?<before>.+)[-._]values|(?<alone>.+))$/.exec(file)?.groups ?? {};
  const said = name['after'] ?? name['before'];
  if (said !== undefined) return said;
  const alone = name['alone'] ?? '';
  return known.test(alone) || (folder !== undefined && ['envs', 'env', 'environments'].includes(folder))
    ? alone
    : undefined;
}
