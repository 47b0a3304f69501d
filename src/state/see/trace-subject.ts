import { TrunklineError } from '../../errors.ts';

/** What a person asks about: a pull request, something hexadecimal (a digest, a commit), or a tag. */
export type Subject =
  | { readonly kind: 'pull'; readonly number: number; readonly repository?: string }
  | { readonly kind: 'digest'; readonly hex: string }
  | { readonly kind: 'commit'; readonly hex: string; readonly repository?: string }
  | { readonly kind: 'hex'; readonly hex: string }
  | { readonly kind: 'tag'; readonly tag: string };

const repository = '(?<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)';
const patterns = {
  pullUrl: new RegExp(`^https?://[^/]+/${repository}/pull/(?<number>[0-9]+)`),
  commitUrl: new RegExp(`^https?://[^/]+/${repository}/commit/(?<hex>[0-9a-f]{7,40})`),
  pull: new RegExp(`^(?:${repository})?#(?<number>[0-9]{1,9})$`),
  commit: new RegExp(`^${repository}@(?<hex>[0-9a-f]{7,40})$`),
};

/** @throws INPUT_INVALID */
export function parseSubject(text: string): Subject {
  const pull = patterns.pullUrl.exec(text)?.groups ?? patterns.pull.exec(text)?.groups;
  if (pull?.['number'] !== undefined) {
    const named = pull['repository'];
    return { kind: 'pull', number: Number(pull['number']), ...(named === undefined ? {} : { repository: named }) };
  }
  const commit = patterns.commitUrl.exec(text)?.groups ?? patterns.commit.exec(text)?.groups;
  if (commit?.['hex'] !== undefined)
    return {
      kind: 'commit',
      hex: commit['hex'],
      ...(commit['repository'] === undefined ? {} : { repository: commit['repository'] }),
    };
  const digest = /^(?:\S+@)?sha256:([0-9a-f]{6,64})$/.exec(text)?.[1];
  if (digest !== undefined) return { kind: 'digest', hex: digest };
  if (/^[0-9]{1,6}$/.test(text)) return { kind: 'pull', number: Number(text) };
  if (/^[0-9a-f]{41,64}$/.test(text)) return { kind: 'digest', hex: text };
  if (/^[0-9a-f]{7,40}$/.test(text)) return { kind: 'hex', hex: text };
  if (/^\S{1,200}$/.test(text)) return { kind: 'tag', tag: text };
  throw new TrunklineError('INPUT_INVALID', `expected a digest, a commit, a tag or a pull request, found "${text}"`, {
    hint: 'for example sha256:1a2b3c…, 1a2b3c4d, v1.2.3, #42 or acme/app#42',
  });
}
