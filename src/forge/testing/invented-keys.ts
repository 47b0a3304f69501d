type Json = Readonly<Record<string, unknown>>;

/**
 * Keys of a value that its schema does not name, as paths: `items[].color`. GitHub's schemas let any key pass, so
 * that validation alone finds what is missing and never what is made up.
 */
export function inventedKeys(schema: unknown, value: unknown, resolve: (ref: string) => unknown): readonly string[] {
  const found = new Set<string>();
  walk(flatten([schema], resolve), value, '', resolve, found);
  return [...found];
}

function walk(
  schemas: readonly Json[],
  value: unknown,
  at: string,
  resolve: (ref: string) => unknown,
  found: Set<string>,
): void {
  if (Array.isArray(value)) {
    const items = flatten(
      schemas.map((one) => one['items']),
      resolve,
    );
    for (const one of value) walk(items, one, `${at}[]`, resolve, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const named = schemas.filter((one) => isJson(one['properties']));
  const open =
    named.length === 0 ||
    schemas.some((one) => isJson(one['additionalProperties']) || one['additionalProperties'] === true);
  for (const [key, inner] of Object.entries(value)) {
    const known = named.flatMap((one) => {
      const properties = one['properties'];
      return isJson(properties) && Object.hasOwn(properties, key) ? [properties[key]] : [];
    });
    const path = at === '' ? key : `${at}.${key}`;
    if (known.length > 0) walk(flatten(known, resolve), inner, path, resolve, found);
    else if (!open) found.add(path);
  }
}

/** Schemas without references and with every branch of `allOf`, `oneOf` and `anyOf` beside each other. */
function flatten(schemas: readonly unknown[], resolve: (ref: string) => unknown): readonly Json[] {
  return schemas.flatMap((schema) => {
    if (!isJson(schema)) return [];
    const ref = schema['$ref'];
    if (typeof ref === 'string') return flatten([resolve(ref)], resolve);
    const branches = ['allOf', 'oneOf', 'anyOf'].flatMap((name) => {
      const list = schema[name];
      return Array.isArray(list) ? (list as readonly unknown[]) : [];
    });
    return [schema, ...flatten(branches, resolve)];
  });
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
