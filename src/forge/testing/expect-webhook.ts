import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { inventedKeys } from './invented-keys.ts';

type Json = Record<string, unknown>;
interface Webhook {
  readonly post: {
    readonly operationId: string;
    readonly requestBody?: { readonly content: Record<string, { schema: Json }> };
  };
}

let loaded: Promise<{ ajv: Ajv; webhooks: Readonly<Record<string, Webhook>>; schemas: Json }> | undefined;
const compiled = new Map<string, ValidateFunction>();

/** Keys that GitHub sends though its description does not name them there, and why they are known. */
const known: Readonly<Record<string, string>> = {
  can_admins_bypass: 'environments have carried it since 2023',
  has_discussions: 'repositories have carried it since 2022; some events describe an older form',
  web_commit_signoff_required: 'repositories have carried it since 2022',
  notification_setting: 'teams have carried it since 2023',
  organization_id: 'teams of organisations say whose they are since 2025',
  type: 'teams say of what they are since 2025',
  client_id: 'Apps have carried it since 2024',
  display_title: 'runs have carried it since 2022; one of their events leaves it out',
};

/** Fails unless GitHub's description has the event, the payload fits its schema, and no key is made up. */
export async function expectWebhook(event: string, payload: Json): Promise<void> {
  loaded ??= load();
  const { ajv, webhooks, schemas } = await loaded;
  const action = typeof payload['action'] === 'string' ? payload['action'] : undefined;
  const name = [event, ...(action === undefined ? [] : [action])].join('-').replaceAll('_', '-');
  const found = webhooks[name] ?? webhooks[event.replaceAll('_', '-')] ?? sampleOf(webhooks, event);
  const schema = found?.post.requestBody?.content['application/json']?.schema;
  if (schema === undefined) throw new Error(`GitHub sends no webhook ${name}`);
  const validate = compiled.get(name) ?? ajv.compile({ ...schema, $id: `https://webhook/${name}` });
  compiled.set(name, validate);
  if (!validate(payload)) throw new Error(`${name}: ${ajv.errorsText(validate.errors)}`);
  const resolve = (ref: string): unknown => schemas[ref.split('/').at(-1) ?? ''];
  const invented = inventedKeys(schema, payload, resolve).filter(
    (at) => known[at.split('.').at(-1) ?? ''] === undefined,
  );
  if (invented.length > 0) throw new Error(`${name}: GitHub does not send ${invented.join(', ')}`);
}

/** repository_dispatch has an action of the sender's choice; the description shows one. */
function sampleOf(webhooks: Readonly<Record<string, Webhook>>, event: string): Webhook | undefined {
  return event === 'repository_dispatch' ? webhooks['repository-dispatch-sample.collected'] : undefined;
}

async function load() {
  const path = createRequire(import.meta.url).resolve('@octokit/openapi-webhooks/generated/api.github.com.json');
  const spec = transform(JSON.parse(await readFile(path, 'utf8'))) as {
    webhooks: Readonly<Record<string, Webhook>>;
    components: { schemas: Json };
  };
  // Each schema judges a few answers: making its code better takes longer than that saves.
  const ajv = new Ajv({ strict: false, inlineRefs: false, allErrors: true, code: { optimize: false } });
  addFormats.default(ajv);
  const { uri, email } = ajv.formats;
  if (typeof uri === 'function') ajv.addFormat('uri', (text: string) => text === '' || uri(text) === true);
  // Bots' addresses have brackets, on GitHub too: 1+app[bot]@users.noreply.github.com
  if (email instanceof RegExp) ajv.addFormat('email', (text: string) => email.test(text.replace('[bot]', '')));
  ajv.addSchema({ $id: 'https://webhooks/', components: spec.components });
  return { ajv, webhooks: spec.webhooks, schemas: spec.components.schemas };
}

/** OpenAPI's words that JSON Schema does not have; references made whole. */
function transform(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(transform);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, one]) => !key.startsWith('x-') && !(key === 'example' && typeof one !== 'object'),
  );
  const made: Json = Object.fromEntries(entries.map(([key, one]) => [key, transform(one)]));
  if (typeof made['$ref'] === 'string' && made['$ref'].startsWith('#/components/'))
    made['$ref'] = `https://webhooks/${made['$ref']}`;
  if (made['nullable'] !== true) return made;
  const { nullable: _nullable, ...rest } = made;
  if (Array.isArray(rest['enum']) && !rest['enum'].includes(null)) rest['enum'] = [...rest['enum'], null];
  if (typeof rest['type'] === 'string') return { ...rest, type: [rest['type'], 'null'] };
  return { anyOf: [rest, { type: 'null' }] };
}
