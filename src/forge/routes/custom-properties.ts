import type { Context } from 'hono';
import { z } from 'zod';
import { type Body, optionalTexts, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentCustomProperty, presentPropertyValues } from '../present/custom-property.ts';
import { propertyFault } from '../repository-properties.ts';
import type { Account, CustomProperty, PropertyValue, Repository } from '../rows.ts';
import { searchRepositories } from '../search.ts';
import { atOrganization } from './at-organization.ts';
import { atRepository } from './at-repository.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

const value = z.union([z.string(), z.array(z.string())]);
const definition = z.object({
  value_type: z.enum(['string', 'single_select', 'multi_select', 'true_false', 'url']),
  required: z.boolean().optional(),
  default_value: value.nullish(),
  description: z.string().nullish(),
  allowed_values: z.array(z.string()).max(200).nullish(),
  values_editable_by: z.enum(['org_actors', 'org_and_repo_actors']).nullish(),
});
const named = z.array(definition.extend({ property_name: z.string().regex(/^[\w#$-]{1,75}$/) }));
const values = z.array(z.object({ property_name: z.string(), value: value.nullable() }));

/** What an organisation wants to know of its repositories, and what it is told of each. */
export function customPropertiesRoutes(app: ForgeApp, forge: Forge): void {
  const schema = '/orgs/:org/properties/schema';
  const { customProperties } = forge.store;
  const at = (c: ApiContext): Account =>
    atOrganization(forge, c, 'organization_custom_properties', { anyMember: c.req.method === 'GET' });
  const definedAs = (organization: Account, name: string): CustomProperty => {
    const found = definedBy(forge, organization.id).get(name);
    if (found === undefined) throw new ApiError(404, 'Not Found');
    return found;
  };
  const shown = (organization: Account, row: CustomProperty) => presentCustomProperty(forge, organization.login, row);

  app.get(schema, (c) => {
    const organization = at(c);
    return c.json(customProperties.by('organization', organization.id).map((one) => shown(organization, one)));
  });
  app.patch(schema, async (c) => {
    const organization = at(c);
    const wanted = parse(named, (await readBody(c))['properties']);
    const saved = forge.store.transaction(() =>
      wanted.map(({ property_name: name, ...fields }) => define(forge, organization, name, fields)),
    );
    return c.json(saved.map((one) => shown(organization, one)));
  });
  app.get(`${schema}/:name`, (c) => {
    const organization = at(c);
    return c.json(shown(organization, definedAs(organization, c.req.param('name'))));
  });
  app.put(`${schema}/:name`, async (c) => {
    const organization = at(c);
    const property_name = c.req.param('name');
    const [fields] = parse(named, [{ ...(await readBody(c)), property_name }]);
    if (fields === undefined) throw new ApiError(422, 'Validation Failed');
    return c.json(
      shown(
        organization,
        forge.store.transaction(() => define(forge, organization, property_name, fields)),
      ),
    );
  });
  app.delete(`${schema}/:name`, (c) => {
    const organization = at(c);
    const { id } = definedAs(organization, c.req.param('name'));
    forge.store.transaction(() => customProperties.delete(id));
    return c.body(null, 204);
  });

  app.get('/orgs/:org/properties/values', (c) => {
    const organization = at(c);
    const query = `org:${organization.login} ${c.req.query('repository_query') ?? ''}`;
    const found = searchRepositories(forge, c.get('identity'), query).toSorted((a, b) => a.id - b.id);
    return c.json(
      paginate(c, found).map((one) => ({
        repository_id: one.id,
        repository_name: one.name,
        repository_full_name: fullNameOf(forge, one),
        properties: presentPropertyValues(forge, one),
      })),
    );
  });
  app.patch('/orgs/:org/properties/values', async (c) => {
    const organization = at(c);
    const body = await readBody(c);
    const names = optionalTexts(body, 'repository_names') ?? [];
    const rows = names.map((name) => forge.store.repositories.by('fullName', `${organization.login}/${name}`)[0]);
    if (rows.some((one) => one === undefined)) throw new ApiError(404, 'Not Found');
    forge.store.transaction(() => {
      for (const row of rows) if (row !== undefined) setValues(forge, row, body, () => true);
    });
    return c.body(null, 204);
  });

  const own = '/repos/:owner/:repo/properties/values';
  app.get(own, (c) => c.json(presentPropertyValues(forge, atRepository(forge, c, 'metadata', 'read').repository)));
  app.patch(own, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'repository_custom_properties', 'write', 'admin');
    const body = await readBody(c);
    const owns = isOwner(forge, repository, identity);
    forge.store.transaction(() =>
      setValues(forge, repository, body, (one) => owns || one.editableBy === 'org_and_repo_actors'),
    );
    return c.body(null, 204);
  });
}

function isOwner(forge: Forge, repository: Repository, identity: Identity): boolean {
  const members = forge.store.accounts.get(repository.ownerId)?.members ?? [];
  return members.some((one) => one.accountId === identity.account?.id && one.role === 'admin');
}

function definedBy(forge: Forge, organizationId: number): ReadonlyMap<string, CustomProperty> {
  return new Map(forge.store.customProperties.by('organization', organizationId).map((one) => [one.name, one]));
}

/** Inside a transaction. */
function define(
  forge: Forge,
  organization: Account,
  name: string,
  fields: z.output<typeof definition>,
): CustomProperty {
  const held = definedBy(forge, organization.id).get(name);
  const row: CustomProperty = {
    id: held?.id ?? forge.store.next('customProperties'),
    organizationId: organization.id,
    name,
    valueType: fields.value_type,
    required: fields.required ?? false,
    defaultValue: fields.default_value ?? null,
    description: fields.description ?? null,
    allowedValues: fields.allowed_values ?? null,
    editableBy: fields.values_editable_by ?? 'org_actors',
  };
  const fault = row.defaultValue === null ? undefined : propertyFault(row, row.defaultValue);
  if (fault !== undefined) throw refused(fault);
  if (row.required && row.defaultValue === null) throw refused(`Property ${name} is required and has no default value`);
  forge.store.customProperties.put(row);
  return row;
}

/** Inside a transaction. @throws ApiError 403, 422 */
function setValues(forge: Forge, repository: Repository, body: Body, may: (one: CustomProperty) => boolean): void {
  const defined = definedBy(forge, repository.ownerId);
  const changed: Record<string, PropertyValue> = { ...repository.properties };
  for (const { property_name: name, value: wanted } of parse(values, body['properties'])) {
    const property = defined.get(name);
    if (property === undefined) throw refused(`Property ${name} is not defined`);
    if (!may(property)) throw new ApiError(403, `Property ${name} may only be set by the organization`);
    const fault = wanted === null ? undefined : propertyFault(property, wanted);
    if (fault !== undefined) throw refused(fault);
    if (wanted === null) delete changed[name];
    else changed[name] = wanted;
  }
  forge.store.repositories.put({ ...repository, properties: changed });
}

function parse<Wanted extends z.ZodType>(wanted: Wanted, given: unknown): z.output<Wanted> {
  const result = wanted.safeParse(given);
  if (result.success) return result.data;
  throw refused(result.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; '));
}

function refused(message: string): ApiError {
  return new ApiError(422, 'Validation Failed', { errors: [message] });
}
