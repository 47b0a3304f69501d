import { expect, test } from 'vitest';
import type { MetadataContext } from './expand.ts';
import { readFlavor, readRules } from './tag-rule.ts';
import { versionsOf } from './versions.ts';

const context = (change: Partial<MetadataContext> = {}): MetadataContext => ({
  eventName: 'push',
  ref: 'refs/heads/main',
  sha: '860c1904a1ce19322e91ac35af1ab07466440c37',
  defaultBranch: 'main',
  baseRef: '',
  now: new Date('2026-03-04T23:05:06Z'),
  commitDate: new Date('2026-01-02T03:04:05Z'),
  ...change,
});

function tagsOf(rules: readonly string[], change: Partial<MetadataContext> = {}, flavor: readonly string[] = []) {
  const warnings: string[] = [];
  const { all, latest } = versionsOf(readRules(rules), readFlavor(flavor), context(change), (text) =>
    warnings.push(text),
  );
  return [...all, ...(latest ? ['latest'] : []), ...warnings];
}

const tag = (name: string): Partial<MetadataContext> => ({ ref: `refs/tags/${name}` });

test.each<[readonly string[], Partial<MetadataContext>, readonly string[]]>([
  [[], {}, ['main']],
  [[], { ref: 'refs/heads/my/feature' }, ['my-feature']],
  [[], tag('v1.2.3'), ['v1.2.3', 'latest']],
  [[], { ref: 'refs/pull/7/merge', eventName: 'pull_request' }, ['pr-7']],
  [[], { eventName: 'schedule' }, ['nightly', 'main']],
  [["type=schedule,pattern={{date 'YYYYMMDD'}}"], { eventName: 'schedule' }, ['20260304']],
  [["type=raw,value={{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}"], {}, ['20260305-080506']],
  [["type=raw,value={{commit_date 'YYYY.MM.DD'}}"], {}, ['2026.01.02']],
  [
    [
      'type=semver,pattern={{version}}',
      'type=semver,pattern={{major}}.{{minor}}',
      'type=semver,pattern={{major}},enable={{is_default_branch}}',
    ],
    tag('v1.2.3'),
    ['1.2.3', '1.2', 'latest'],
  ],
  [['type=semver,pattern={{major}}'], tag('v2.0.8-beta.67'), ['2.0.8-beta.67']],
  [['type=semver,pattern={{raw}}'], tag('v2.0.8-beta.67'), ['v2.0.8-beta.67']],
  [
    ['type=semver,pattern={{version}}'],
    tag('nothing'),
    ['nothing is not a valid semver. More info: https://semver.org/'],
  ],
  [['type=semver,pattern={{version}},value=v3.1.0'], {}, ['3.1.0', 'latest']],
  [['type=semver,pattern={{version}},match=api-(.*)'], tag('api-1.0.0'), ['1.0.0', 'latest']],
  [['type=pep440,pattern={{major}}.{{minor}}'], tag('1.2.3'), ['1.2', 'latest']],
  [['type=pep440,pattern={{version}}'], tag('1.2.3rc2'), ['1.2.3rc2']],
  [['type=match,pattern=v(.*),group=1'], tag('v1.2.3'), ['1.2.3', 'latest']],
  [['type=match,pattern=/\\d{8}/i'], tag('20200110-RC2'), ['20200110', 'latest']],
  [['type=match,pattern=x'], tag('v1'), ['x does not match v1.']],
  [['type=edge'], {}, ['edge']],
  [['type=edge,branch=dev'], {}, []],
  [['type=sha'], {}, ['sha-860c190']],
  [['type=sha,prefix=,format=long'], {}, ['860c1904a1ce19322e91ac35af1ab07466440c37']],
  [['type=sha', 'type=ref,event=branch', 'type=raw,value=x,priority=700'], {}, ['x', 'main', 'sha-860c190']],
  [
    ['latest', 'type=raw,value=off,enable=false', 'type=raw,value=b-{{branch}}-{{sha}}'],
    {},
    ['latest', 'b-main-860c190'],
  ],
  [['type=raw,value={{base_ref}}'], { ref: 'refs/pull/7/merge', baseRef: 'dev' }, ['dev']],
])('%j at %j is %j', (rules, change, expected) => {
  expect(tagsOf(rules, change)).toEqual(expected);
});

test('flavors add to every version, to latest where that is said, and decide on it', () => {
  expect(tagsOf(['type=ref,event=branch'], {}, ['latest=true', 'prefix=a-,suffix=-b'])).toEqual(['a-main-b', 'latest']);
  expect(tagsOf([], tag('v1'), ['latest=false'])).toEqual(['v1']);
  expect(readFlavor(['prefix=a-,onlatest=true,suffix=-b'])).toMatchObject({ prefixLatest: true, suffixLatest: false });
});

test.each([
  ['type=nope', 'Unknown tag type attribute: nope'],
  ['type=semver', 'Missing pattern attribute for type=semver'],
  ['type=ref', 'Missing event attribute for type=ref'],
  ['type=ref,event=x', 'Invalid event for type=ref,event=x'],
  ['type=sha,format=x', 'Invalid format for type=sha,format=x'],
  ['type=raw', 'Missing value attribute for type=raw'],
  ['type=raw,value=a,enable=maybe', 'Invalid value for enable attribute: maybe'],
  ["type=raw,value={{date 'dddd'}}", 'does not know "dddd"'],
])('%s is refused', (rule, message) => {
  expect(() => tagsOf([rule])).toThrow(message);
});
