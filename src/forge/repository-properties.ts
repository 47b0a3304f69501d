import type { Forge } from './forge.ts';
import type { CustomProperty, PropertyCondition, PropertyValue, Repository } from './rows.ts';

/** A repository's properties by name: its own value, or the default of one that is required; null for none. */
export function propertiesOf(forge: Forge, repository: Repository): ReadonlyMap<string, PropertyValue | null> {
  const defined = forge.store.customProperties.by('organization', repository.ownerId);
  return new Map(
    defined.map((one) => [one.name, repository.properties?.[one.name] ?? (one.required ? one.defaultValue : null)]),
  );
}

/** Why a property cannot have a value; undefined where it can. */
export function propertyFault(property: CustomProperty, value: PropertyValue): string | undefined {
  const values = typeof value === 'string' ? [value] : value;
  const many = property.valueType === 'multi_select';
  if (many !== (typeof value !== 'string'))
    return `Property ${property.name} must be ${many ? 'an array' : 'a string'}`;
  const allowed = property.valueType === 'true_false' ? ['true', 'false'] : property.allowedValues;
  const foreign = allowed === null ? undefined : values.find((one) => !allowed.includes(one));
  return foreign === undefined ? undefined : `Value '${foreign}' is not allowed for property ${property.name}`;
}

/** Conditions of an organisation's ruleset: all of `include` hold, none of `exclude`. */
export function propertiesFit(
  forge: Forge,
  repository: Repository,
  condition: { readonly include: readonly PropertyCondition[]; readonly exclude: readonly PropertyCondition[] },
): boolean {
  const custom = propertiesOf(forge, repository);
  const holds = ({ name, property_values: wanted, source }: PropertyCondition): boolean => {
    const value = source === 'system' ? systemProperties[name]?.(repository) : custom.get(name);
    const held = value === undefined || value === null ? [] : typeof value === 'string' ? [value] : value;
    return held.some((one) => wanted.includes(one));
  };
  return condition.include.every(holds) && !condition.exclude.some(holds);
}

/** Properties that GitHub knows of itself, as far as the lab has them. */
export const systemProperties: Readonly<Record<string, (repository: Repository) => string>> = {
  fork: (repository) => String(repository.forkOf !== undefined),
  visibility: (repository) => (repository.private ? 'private' : 'public'),
};
