import { Document, isMap, isPair, isScalar, type Pair, Scalar, visit, type YAMLMap } from 'yaml';

/** What a workflow file says, in the order in which it is to stand there; `undefined` is left out. */
export type Value = string | number | boolean | null | readonly Value[] | Fields | undefined;
export interface Fields {
  readonly [key: string]: Value;
}

/** Longer lists go over several lines. */
const lineWidth = 100;

/**
 * The file as a person would write it: comment first, short lists on one line, scripts as blocks, a blank line between
 * jobs. The same bytes everywhere. `notes` are comments beside values, by the value.
 */
export function renderYaml(
  head: readonly string[],
  value: Fields,
  options: { readonly notes?: ReadonlyMap<string, string>; readonly apart?: readonly string[] } = {},
): string {
  const document = new Document(value, { version: '1.2', aliasDuplicateObjects: false, keepUndefined: false });
  const { notes, apart = ['jobs'] } = options;
  visit(document, {
    Seq(_key, seq) {
      const plain = seq.items.every((one) => isScalar(one) && !String(one.value).includes('\n'));
      const width = seq.items
        .map((one) => String(isScalar(one) ? one.value : '').length + 2)
        .reduce((a, b) => a + b, 0);
      seq.flow = plain && width < lineWidth;
    },
    Scalar(_key, scalar, path) {
      const { value: text } = scalar;
      if (typeof text === 'string' && text.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL;
      const note = typeof text === 'string' && isUses(path.at(-1)) ? notes?.get(text) : undefined;
      if (note !== undefined) scalar.comment = ` ${note}`;
    },
    Pair(_key, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      // An event without a filter, written as people do.
      if (isScalar(pair.value) && pair.value.value === null) pair.value = null;
      if (key === 'permissions' && isMap(pair.value)) explainPermissions(pair.value);
      if (apart.includes(key) && isMap(pair.value)) spread(pair.value);
    },
  });
  if (isMap(document.contents)) spreadTop(document.contents);
  const text = document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: false, nullStr: '' });
  return `${head.map((line) => (line === '' ? '' : `# ${line}`)).join('\n')}\n${text}`;
}

function isUses(parent: unknown): boolean {
  return isPair(parent) && isScalar(parent.key) && parent.key.value === 'uses';
}

/** A blank line before every entry but the first. */
function spread(map: YAMLMap): void {
  for (const pair of map.items.slice(1)) before(pair);
}

/** The short entries of a workflow's top stand together. */
function spreadTop(map: YAMLMap): void {
  for (const pair of map.items.slice(1)) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (['permissions', 'concurrency', 'jobs', 'env'].includes(key)) before(pair);
  }
}

function before(pair: Pair): void {
  if (isScalar(pair.key)) pair.key.spaceBefore = true;
}

/** Why a job may write what it may. */
const reasons: Readonly<Record<string, string>> = {
  'actions: read': 'when the run began',
  'actions: write': 'wakes the next workflow',
  'contents: write': 'the release of a tag',
  'deployments: read': 'what was published and deployed',
  'deployments: write': 'records what was published or deployed',
  'id-token: write': 'says in whose name the job asks and signs',
  'issues: write': 'one issue for what differs',
  'packages: read': 'reads images',
  'packages: write': 'pushes images',
  'pull-requests: read': 'what a release holds, who approved',
  'statuses: read': 'how the policy judged',
  'statuses: write': 'keeps whom it told, so that nobody hears it twice',
};

function explainPermissions(map: YAMLMap): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key) || !isScalar(value)) continue;
    const reason = reasons[`${String(key.value)}: ${String(value.value)}`];
    if (reason !== undefined) value.comment = ` ${reason}`;
  }
}
