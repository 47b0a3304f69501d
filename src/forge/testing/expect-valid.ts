import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { inventedKeys } from './invented-keys.ts';

type Json = Record<string, unknown>;
interface Spec {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema?: Json }>; $ref?: string }> }>
  >;
  readonly components: Record<string, Record<string, Json>>;
}

let loaded: Promise<{ spec: Spec; ajv: Ajv }> | undefined;
const compiled = new Map<string, ValidateFunction>();

/** Keys that GitHub answers though its description does not name them there, and why they are known. */
const known: Readonly<Record<string, string>> = {
  can_admins_bypass: 'environments have carried it since 2023 (docs.github.com, "Managing environments")',
};
const knownOfErrors: Readonly<Record<string, string>> = {
  status: 'errors carry their status as text since 2024; only basic-error says so',
  documentation_url: 'every error carries it; some error schemas leave it out',
  errors: 'what is wrong with which field; routes that declare basic-error answer it too',
};
/** What any route may answer to an asker without the right or with a wrong value, though few descriptions say so. */
const alwaysPossible = new Set([401, 403, 404, 409, 422]);

/** Fails unless GitHub's OpenAPI knows the route and status, the body fits its schema, and no key is made up. */
export async function expectValid(method: string, path: string, response: Response): Promise<void> {
  loaded ??= load();
  const { spec, ajv } = await loaded;
  const route = findRoute(spec, method, path);
  if (route === undefined) throw new Error(`GitHub has no ${method} ${path}`);
  const { status } = response;
  // Every GET may be asked conditionally, whether its description says so or not.
  if (status === 304 && method === 'GET') return;
  const body = await response.clone().text();
  const declared = spec.paths[route]?.[method.toLowerCase()]?.responses[String(status)];
  if (declared === undefined && !alwaysPossible.has(status)) {
    throw new Error(`${method} ${route} never answers ${status}: ${body}`);
  }
  const name = declared?.$ref?.split('/').at(-1);
  const content = (name === undefined ? declared : spec.components['responses']?.[name]) as typeof declared;
  const schema =
    content?.content?.['application/json']?.schema ??
    (status >= 400 ? { $ref: 'https://spec/#/components/schemas/basic-error' } : undefined);
  if (body === '') return;
  const key = `${method} ${route} ${status}`;
  // Two shapes of errors whose fields are all optional: what fits one fits the other.
  if (status >= 400 && Array.isArray(schema?.['oneOf'])) {
    schema['anyOf'] = schema['oneOf'];
    delete schema['oneOf'];
  }
  if (schema === undefined) {
    if (declared?.content === undefined && status !== 302) throw new Error(`${key}: expected no body, found ${body}`);
    return;
  }
  const validate = compiled.get(key) ?? ajv.compile({ ...schema, $id: `https://response/${encodeURIComponent(key)}` });
  compiled.set(key, validate);
  const value: unknown = JSON.parse(body);
  if (status === 422 && saysSentences(value)) return;
  if (!validate(value)) throw new Error(`${key}: ${ajv.errorsText(validate.errors)}`);
  const resolve = (ref: string): unknown =>
    ref
      .replace(/^.*#\//, '')
      .split('/')
      .reduce<unknown>((at, part) => (at as Json)[part], spec);
  const isKnown = (at: string): boolean =>
    status >= 400
      ? Object.hasOwn(knownOfErrors, at.split(/[.[]/)[0] ?? '')
      : Object.hasOwn(known, at.split('.').at(-1) ?? '');
  const invented = inventedKeys(schema, value, resolve).filter((at) => !isKnown(at));
  if (invented.length > 0) throw new Error(`${key}: GitHub does not answer ${invented.join(', ')}`);
}

/** 422 lists what is wrong as objects or as sentences: routes that declare one form are seen to answer the other too. */
function saysSentences(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('errors' in value) || !('message' in value)) return false;
  const { errors, message, ...rest } = value;
  const known = Object.keys(rest).every((key) => Object.hasOwn(knownOfErrors, key));
  const texts = Array.isArray(errors) && errors.every((one) => typeof one === 'string');
  return known && typeof message === 'string' && texts;
}

/** Whether GitHub's description has a route for it at all. */
export async function isDescribed(method: string, path: string): Promise<boolean> {
  loaded ??= load();
  return findRoute((await loaded).spec, method, path) !== undefined;
}

async function load(): Promise<{ spec: Spec; ajv: Ajv }> {
  const path = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  const spec = transform(JSON.parse(await readFile(path, 'utf8'))) as Spec;
  // Each schema judges a few answers: making its code better takes longer than that saves.
  const ajv = new Ajv({ strict: false, inlineRefs: false, allErrors: true, code: { optimize: false } });
  addFormats.default(ajv);
  // A URL that nobody set is answered as an empty text, which these schemas themselves have as their default.
  const { uri } = ajv.formats;
  if (typeof uri === 'function') ajv.addFormat('uri', (text: string) => text === '' || uri(text) === true);
  // A bot's address, `41898282+github-actions[bot]@users.noreply.github.com`, is none by the letter.
  const { email } = ajv.formats;
  if (email instanceof RegExp) ajv.addFormat('email', (text: string) => email.test(text.replace('[bot]@', '@')));
  ajv.addSchema({ $id: 'https://spec/', components: spec.components });
  return { spec, ajv };
}

/** OpenAPI 3.0's `nullable` in JSON Schema's words; references made whole. */
function transform(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(transform);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, one]) => !key.startsWith('x-') && !(key === 'example' && typeof one !== 'object'),
  );
  const made: Json = Object.fromEntries(entries.map(([key, one]) => [key, transform(one)]));
  if (typeof made['$ref'] === 'string' && made['$ref'].startsWith('#/components/schemas/'))
    made['$ref'] = `https://spec/${made['$ref']}`;
  // One list of installations says that an account is a user and an enterprise at once; elsewhere it is one of the two.
  if (Array.isArray(made['allOf']) && /"title":"Enterprise"|enterprise"/.test(JSON.stringify(made['allOf']))) {
    made['anyOf'] = made['allOf'];
    delete made['allOf'];
  }
  if (made['nullable'] !== true) return made;
  const { nullable: _nullable, ...rest } = made;
  if (Array.isArray(rest['enum']) && !rest['enum'].includes(null)) rest['enum'] = [...rest['enum'], null];
  if (typeof rest['type'] === 'string') return { ...rest, type: [rest['type'], 'null'] };
  return { anyOf: [rest, { type: 'null' }] };
}

interface Route {
  readonly path: string;
  readonly names: readonly string[];
  /** Whether its last part takes slashes too. */
  readonly takesRest: boolean;
}

/** The routes of a method, those of fewer variables first: among the ones that fit, the first is meant. */
function routesOf(spec: Spec, method: string): readonly Route[] {
  return Object.keys(spec.paths)
    .filter((path) => spec.paths[path]?.[method.toLowerCase()] !== undefined)
    .map((path) => ({
      path,
      names: path.split('/'),
      takesRest: /\/\{(path|ref|branch|basehead)\}$/.test(path),
    }))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
}

const routes = new Map<string, readonly Route[]>();

function findRoute(spec: Spec, method: string, path: string): string | undefined {
  const parts = (path.split('?')[0] ?? '').split('/');
  const all = routes.get(method) ?? routesOf(spec, method);
  routes.set(method, all);
  const fits = ({ names }: Route): boolean =>
    names.every((name, index) => name.startsWith('{') || name === parts[index]);
  const whole = all.find((route) => route.names.length === parts.length && fits(route));
  return (whole ?? all.find((route) => route.takesRest && parts.length > route.names.length && fits(route)))?.path;
}
