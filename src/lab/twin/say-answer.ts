type Json = Readonly<Record<string, unknown>>;

/** Fields that say in which state a thing is. */
const states = [
  'state',
  'status',
  'conclusion',
  'event',
  'draft',
  'merged',
  'mergeable',
  'mergeable_state',
  'author_association',
  'enforcement',
  'type',
  'visibility',
  'active',
  'total_count',
];
/** What things of a list are called, where several are. */
const names = ['context', 'filename', 'login', 'slug', 'ref', 'name', 'title'];
/** Lists of what happens at the same time, whose order is an accident. */
const unordered = /\/(?:actions\/runs|check-runs|check-suites|jobs)(?:\?|$)/;

/**
 * An answer in one line: its status, GitHub's words where it refused, else the states of what it told of, `left` out
 * of them.
 */
export function sayAnswer(asked: string, status: number, text: string, left: readonly string[] = []): string {
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return String(status);
  }
  if (status >= 400) return `${status} ${sayRefusal(body)}`.trim();
  if (isJson(body) && (body['data'] !== undefined || body['errors'] !== undefined))
    return `${status} ${sayGraphql(body)}`;
  const path = asked.replace(/^.*? (?=\/)/, '');
  const told = states.filter((name) => !left.includes(name));
  return `${status} ${say(body, told, unordered.test(path))}`.trim();
}

function sayRefusal(body: unknown): string {
  if (!isJson(body)) return '';
  const errors = body['errors'] === undefined ? '' : ` ${JSON.stringify(body['errors'])}`;
  return `${String(body['message'] ?? '').trim()}${errors}`;
}

function sayGraphql(body: Json): string {
  const errors = Array.isArray(body['errors']) ? body['errors'].filter(isJson) : [];
  const words = errors.map((one) => `${String(one['type'] ?? 'error')}: ${String(one['message'])}`);
  // Node ids are a place's own.
  const data = JSON.stringify(body['data'], (key, value: unknown) => (key === 'id' ? undefined : value));
  return [data, ...words].filter((part) => part !== undefined).join(' | ');
}

function say(value: unknown, keys: readonly string[], sorted: boolean): string {
  if (Array.isArray(value)) {
    const items = value.map((one) => say(one, keys, false));
    return `[${(sorted ? items.sort() : items).join('; ')}]`;
  }
  if (!isJson(value)) return '';
  const name = names.map((key) => value[key]).find((one) => typeof one === 'string');
  const told = keys.flatMap((key) => (isState(value[key]) ? [`${key}=${String(value[key])}`] : []));
  const list = Object.values(value).find((one): one is unknown[] => Array.isArray(one) && one.every(isJson));
  const counted = typeof value['total_count'] === 'number' && list !== undefined ? [say(list, keys, sorted)] : [];
  return [...(typeof name === 'string' ? [name] : []), ...told, ...counted].join(' ');
}

function isState(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
