import type { Location, Problem } from '../errors.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';
import type { RegistryDocument } from './registry-schema.ts';

type Path = readonly string[];

const kinds = ['ghcr', 'ecr', 'oci'] as const;
/** What goes with one of them alone. */
const partners = [
  ['role', 'ecr'],
  ['role-variable', 'ecr'],
  ['secrets', 'oci'],
] as const;

/** One registry is named, and nothing that goes with another one. */
export function checkRegistry(registry: RegistryDocument, path: Path, locate: Locate): readonly Problem[] {
  const said = path.join('.');
  const [kind, second] = kinds.filter((one) => registry[one] !== undefined);
  if (kind === undefined || second !== undefined)
    return [
      problem(
        `${said}: expected one of "ghcr", "ecr" and "oci", found ${kind === undefined ? 'none' : `both "${kind}" and "${second}"`}`,
        locate(second === undefined ? path : [...path, second]),
        'for example registry: { ghcr: acme }',
      ),
    ];
  return partners.flatMap(([name, with_]) =>
    registry[name] === undefined || kind === with_
      ? []
      : [problem(`${said}.${name}: means nothing beside "${kind}"`, locate([...path, name]))],
  );
}

/** Registries that the infra repository reads: a job holds one login of each host, and a name of a secret one value. */
export function checkReadRegistries({ accept }: EnvironmentsDocument, locate: Locate): readonly Problem[] {
  const problems: Problem[] = [];
  const logins = new Map<string, { readonly repository: string; readonly how: string }>();
  const agree = (key: string, how: string, path: Path, clash: (other: string) => string): void => {
    const other = logins.get(key);
    if (other === undefined) logins.set(key, { repository: path[1] ?? '', how });
    else if (other.how !== how) problems.push(problem(clash(other.repository), locate(path)));
  };
  for (const [repository, { registry, verify }] of Object.entries(accept)) {
    if (registry === undefined) continue;
    const path = ['accept', repository, 'registry'];
    const found = checkRegistry(registry, path, locate);
    problems.push(...found);
    if (found.length > 0) continue;
    if (verify.length === 0)
      problems.push(
        problem(
          `${path.join('.')}: means nothing without "verify": only what is verified is read`,
          locate(path),
          'for example verify: [signature, provenance]',
        ),
      );
    const { ecr, oci, role = '', secrets = 'REGISTRY' } = registry;
    if (ecr !== undefined)
      agree(
        ecr,
        `${role} ${registry['role-variable'] ?? ''}`,
        path,
        (other) =>
          `${path.join('.')}: expected the role that ${other} names for ${ecr}, found another: one login reads both`,
      );
    if (oci !== undefined) {
      agree(
        oci,
        secrets,
        path,
        (other) => `${path.join('.')}: expected the secrets that ${other} names for ${oci}, found others`,
      );
      agree(
        `secrets ${secrets}`,
        oci,
        path,
        (other) =>
          `${path.join('.')}: expected secrets of its own, found ${secrets}_USERNAME of ${other}, whose registry is another`,
      );
    }
  }
  return problems;
}

function problem(message: string, location: Location, hint?: string): Problem {
  return { code: 'CONFIG_INVALID', message, location, ...(hint === undefined ? {} : { hint }) };
}
