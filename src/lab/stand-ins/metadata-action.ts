import { type ActionCall, type BuiltInAction, input } from '../../runner/actions/action.ts';

/** docker/metadata-action: tags by ref, branch, tag, pull request, sha and raw; labels of the image specification. */
export const metadataAction: BuiltInAction = {
  name: 'docker/metadata-action',
  fidelity: 'stand-in',
  run: async (call) => {
    const images = lines(input(call, 'images'));
    const rules = lines(input(call, 'tags', 'type=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr'));
    const versions = [...new Set(rules.flatMap((rule) => versionOf(call, rule) ?? []))];
    const latest =
      call.env['GITHUB_REF']?.startsWith('refs/tags/') === true && !/latest=false/.test(input(call, 'flavor'));
    if (latest) versions.push('latest');
    const tags = images.flatMap((image) => versions.map((version) => `${image.toLowerCase()}:${version}`));
    const url = `${call.env['GITHUB_SERVER_URL']}/${call.env['GITHUB_REPOSITORY']}`;
    const labels = [
      `org.opencontainers.image.revision=${call.env['GITHUB_SHA'] ?? ''}`,
      `org.opencontainers.image.source=${url}`,
      `org.opencontainers.image.title=${call.env['GITHUB_REPOSITORY']?.split('/')[1] ?? ''}`,
      `org.opencontainers.image.url=${url}`,
      `org.opencontainers.image.version=${versions[0] ?? ''}`,
      ...lines(input(call, 'labels')),
    ];
    const json = { tags, labels: Object.fromEntries(labels.map((label) => label.split(/=(.*)/s).slice(0, 2))) };
    return {
      conclusion: 'success',
      outputs: {
        version: versions[0] ?? '',
        tags: tags.join('\n'),
        labels: labels.join('\n'),
        json: JSON.stringify(json),
      },
    };
  },
};

/** The tag that one rule asks for here, if any. */
function versionOf(call: ActionCall, rule: string): string | undefined {
  const fields = rule.includes('=') ? rule : `type=raw,value=${rule}`;
  const field = (name: string): string => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(fields)?.[1] ?? '';
  if (field('enable') === 'false') return undefined;
  const ref = call.env['GITHUB_REF'] ?? '';
  const after = (prefix: string): string | undefined =>
    ref.startsWith(prefix) ? ref.slice(prefix.length).replace(/[^a-zA-Z0-9._-]+/g, '-') : undefined;
  const wrap = (value: string | undefined, prefix = field('prefix')): string | undefined =>
    value === undefined || value === '' ? undefined : `${prefix}${value}${field('suffix')}`;
  switch (field('type')) {
    case 'ref': {
      if (field('event') === 'branch') return wrap(after('refs/heads/'));
      if (field('event') === 'tag') return wrap(after('refs/tags/'));
      const number = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
      return field('event') === 'pr' ? wrap(number, field('prefix') === '' ? 'pr-' : field('prefix')) : undefined;
    }
    case 'sha': {
      const sha = call.env['GITHUB_SHA'] ?? '';
      const prefix = /(?:^|,)prefix=/.test(fields) ? field('prefix') : 'sha-';
      return wrap(field('format') === 'long' ? sha : sha.slice(0, 7), prefix);
    }
    case 'semver': {
      const parts = /^v?(\d+)\.(\d+)\.(\d+)(-[\w.-]+)?$/.exec(after('refs/tags/') ?? '');
      if (parts === null) return undefined;
      const [, major = '', minor = '', patch = '', pre = ''] = parts;
      if (pre !== '') return wrap(`${major}.${minor}.${patch}${pre}`);
      const version = field('pattern')
        .replace(/\{\{\s*(?:version|raw)\s*\}\}/, `${major}.${minor}.${patch}`)
        .replace(/\{\{\s*major\s*\}\}/, major)
        .replace(/\{\{\s*minor\s*\}\}/, minor)
        .replace(/\{\{\s*patch\s*\}\}/, patch);
      return wrap(version);
    }
    case 'raw':
      return wrap(field('value'));
    default:
      throw new Error(`the stand-in for docker/metadata-action does not know the tag rule "${rule}"`);
  }
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
