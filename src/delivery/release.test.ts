import { expect, test } from 'vitest';
import type { Digest } from '../model/digest.ts';
import { releaseNotes } from './release-notes.ts';
import { isNewest, parseVersionTag, versionsBefore } from './release-tags.ts';

function version(tag: string) {
  const parsed = parseVersionTag(tag);
  if (parsed === undefined) throw new Error(`${tag} is no version`);
  return parsed;
}

test('versions of one line are told from those of another, and from other tags', () => {
  expect(version('v1.2.0')).toMatchObject({ line: 'v', version: '1.2.0', prerelease: false });
  expect(version('orders-v1.2.0-rc.1')).toMatchObject({ line: 'orders-v', version: '1.2.0-rc.1', prerelease: true });
  expect(version('orders/1.2.0').line).toBe('orders/');
  for (const tag of ['v1', 'latest', 'v1.2', 'v01.2.3', 'nightly-2026.1']) expect(parseVersionTag(tag)).toBeUndefined();
});

test('the release before is the nearest lower version of the line, prereleases only before a prerelease', () => {
  const released = ['v1.10.0', 'v1.9.0', 'v1.11.0-rc.1', 'orders-v1.10.5', 'v2.0.0', 'nightly'];
  expect(versionsBefore(version('v1.11.0'), released).map((one) => one.tag)).toEqual(['v1.10.0', 'v1.9.0']);
  expect(versionsBefore(version('v1.11.0-rc.2'), released)[0]?.tag).toBe('v1.11.0-rc.1');
  expect(isNewest(version('v1.11.0'), released)).toBe(false);
  expect(isNewest(version('v2.0.1'), released)).toBe(true);
  expect(isNewest(version('v3.0.0-rc.1'), released)).toBe(false);
});

test('notes name what is shipped and each pull request once, and call nobody by a title', () => {
  const change = { subject: 'x', author: 'alice' };
  const pull = { number: 7, title: 'Mend <b>orders</b> for @everybody', author: 'bob' };
  const text = releaseNotes({
    server: 'https://github.com',
    repository: 'acme/app',
    tag: 'v1.1.0',
    commit: 'a'.repeat(40),
    shipped: [{ service: 'api', digest: `sha256:${'b'.repeat(64)}` as Digest, image: 'ghcr.io/acme/api' }],
    changes: [
      { ...change, commit: 'c'.repeat(40), pull },
      { ...change, commit: 'd'.repeat(40), pull },
      { ...change, commit: 'e'.repeat(40), subject: 'Pushed by hand' },
    ],
    previous: 'v1.0.0',
  });
  expect(text).toContain(`**api** \`ghcr.io/acme/api@sha256:${'b'.repeat(64)}\``);
  expect(text.match(/#7/g)).toHaveLength(1);
  expect(text).toContain('- Mend &lt;b&gt;orders&lt;/b&gt; for @\u200beverybody (#7) by @bob');
  expect(text).toContain('- Pushed by hand (eeeeeeeeeeee) by alice');
  expect(text).toContain('compare/v1.0.0...v1.1.0');
});
