import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { appendEntry, removeEntries } from './edit-list.ts';

const entry = { service: 'api', environment: 'prod', reason: 'a "bad": #one\nline', until: undefined };
const added = '- service: api\n  environment: prod\n  reason: "a \\"bad\\": #one\\nline"\n';

test.each([
  ['an empty file', '', added],
  ['a file of comments', '# holds\n', `# holds\n${added}`],
  ['an empty list', '# holds\n[] # none\n', `# holds\n # none\n${added}`],
  ['a list', '- service: web # keep\n\n# end', `- service: web # keep\n\n# end\n${added}`],
  ['an indented list', '  - service: web\n', `  - service: web\n${added.replaceAll(/^/gm, '  ').trimEnd()}\n`],
  ['CRLF', '- service: web\r\n', `- service: web\r\n${added.replaceAll('\n', '\r\n')}`],
])('adds to %s', (_name, before, after) => {
  const text = appendEntry('holds.yaml', before, entry);
  expect(text).toBe(after);
  expect((parse(text) as unknown[]).at(-1)).toEqual({
    service: 'api',
    environment: 'prod',
    reason: 'a "bad": #one\nline',
  });
});

test('takes out what matches and leaves every other byte', () => {
  const text =
    '# top\n- service: web # w\n  reason: |\n    long\n    text\n\n# between\n- service: api\n  until: x # y\n# end\n';
  expect(removeEntries('holds.yaml', text, ({ service }) => service === 'web')).toBe(
    '# top\n\n# between\n- service: api\n  until: x # y\n# end\n',
  );
  expect(removeEntries('holds.yaml', text, ({ service }) => service === 'api')).toBe(
    '# top\n- service: web # w\n  reason: |\n    long\n    text\n\n# between\n# end\n',
  );
  expect(removeEntries('holds.yaml', text, () => false)).toBe(text);
  const all = removeEntries('holds.yaml', text, () => true);
  expect(all).toBe('# top\n\n# between\n# end\n');
  expect(parse(appendEntry('holds.yaml', all, entry))).toHaveLength(1);
});

test.each([
  ['a map', 'a: 1\n'],
  ['a list in brackets', '[{ service: api }]\n'],
  ['what is not YAML', '- {\n'],
])('refuses %s', (_name, text) => {
  expect(() => appendEntry('holds.yaml', text, entry)).toThrow('holds.yaml');
});
