import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { propertiesOf } from '../repository-properties.ts';
import type { CustomProperty, PropertyValue, Repository } from '../rows.ts';

export function presentCustomProperty(
  forge: Forge,
  organization: string,
  row: CustomProperty,
): components['schemas']['custom-property'] {
  return {
    property_name: row.name,
    url: `${forge.urls.api}/orgs/${organization}/properties/schema/${row.name}`,
    source_type: 'organization',
    value_type: row.valueType,
    required: row.required,
    default_value: copy(row.defaultValue),
    description: row.description,
    allowed_values: row.allowedValues === null ? null : [...row.allowedValues],
    values_editable_by: row.editableBy,
  };
}

export function presentPropertyValues(
  forge: Forge,
  repository: Repository,
): components['schemas']['custom-property-value'][] {
  return [...propertiesOf(forge, repository)].map(([property_name, value]) => ({ property_name, value: copy(value) }));
}

function copy(value: PropertyValue | null): string | string[] | null {
  return value === null || typeof value === 'string' ? value : [...value];
}
