import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../ports.ts';
import { type ActionCall, type BuiltInAction, input } from '../../../runner/actions/action.ts';
import { expand, type MetadataContext } from './expand.ts';
import { readFlavor, readRules, splitFields } from './tag-rule.ts';
import { sanitize, versionsOf } from './versions.ts';

type Json = Readonly<Record<string, unknown>>;

/** docker/metadata-action v5: every rule for tags, labels of the image specification, annotations, bake files. */
export function metadataAction(clock: Pick<Clock, 'now'>): BuiltInAction {
  return {
    name: 'docker/metadata-action',
    fidelity: 'stand-in',
    run: async (call) => {
      if (input(call, 'context', 'workflow') !== 'workflow')
        throw new Error("the stand-in for docker/metadata-action knows the workflow's context only");
      const context = readContext(call, new Date(clock.now()));
      const warn = (text: string): void => call.log(`::warning::${text}`);
      const flavor = readFlavor(lines(input(call, 'flavor')));
      const versions = versionsOf(readRules(lines(input(call, 'tags'))), flavor, context, warn);
      const [version = ''] = versions.all;
      if (version === '') warn('No Docker image version has been generated. Check tags input.');
      const latest = `${flavor.prefixLatest ? flavor.prefix : ''}latest${flavor.suffixLatest ? flavor.suffix : ''}`;
      const names = version === '' ? [] : [...versions.all, ...(versions.latest ? [sanitize(latest)] : [])];
      const images = readImages(lines(input(call, 'images')));
      const tags = images.length === 0 ? names : images.flatMap((image) => names.map((name) => `${image}:${name}`));
      if (tags.length === 0) warn('No Docker tag has been generated. Check tags input.');
      const labels = withCustoms(call, context, version, 'labels');
      const annotations = withCustoms(call, context, version, 'annotations');
      const levels = (call.env['DOCKER_METADATA_ANNOTATIONS_LEVELS'] ?? 'manifest').split(',');
      const levelled = levels.flatMap((level) => [...annotations].map(([key, value]) => `${level}:${key}=${value}`));
      const texts = [...labels].map(([key, value]) => `${key}=${value}`);
      const target = { tags, args: { DOCKER_META_IMAGES: images.join(','), DOCKER_META_VERSION: version } };
      const json = { tags, 'tag-names': names, labels: Object.fromEntries(labels), annotations: levelled };
      const outputs: Record<string, string> = {
        version,
        tags: tags.join(input(call, 'sep-tags', '\n')),
        'tag-names': names.join(input(call, 'sep-tags', '\n')),
        labels: texts.join(input(call, 'sep-labels', '\n')),
        annotations: levelled.join(input(call, 'sep-annotations', '\n')),
        json: JSON.stringify(json),
        'bake-file-tags': await bakeFile(call, 'tags', target),
        'bake-file-labels': await bakeFile(call, 'labels', { labels: json.labels }),
        'bake-file-annotations': await bakeFile(call, 'annotations', { annotations: levelled }),
        'bake-file': await bakeFile(call, 'all', { ...target, labels: json.labels }),
      };
      for (const tag of tags) call.log(tag);
      if (!/^(?:false|0)$/.test(call.env['DOCKER_METADATA_SET_OUTPUT_ENV'] ?? ''))
        for (const [name, value] of Object.entries(outputs))
          call.exportEnv(`DOCKER_METADATA_OUTPUT_${name.replaceAll('-', '_').toUpperCase()}`, value);
      return { conclusion: 'success', outputs };
    },
  };
}

function readContext(call: ActionCall, now: Date): MetadataContext {
  const event = (call.github['event'] ?? {}) as Json;
  const pull = event['pull_request'] as { head?: { sha?: string }; base?: { ref?: string } } | undefined;
  const ref = call.env['GITHUB_REF'] ?? '';
  const ofHead = call.env['DOCKER_METADATA_PR_HEAD_SHA'] === 'true' ? pull?.head?.sha : undefined;
  const pushed = ref.startsWith('refs/tags/') ? event['base_ref'] : undefined;
  const committed = (event['head_commit'] as { timestamp?: string } | undefined)?.timestamp;
  const date = new Date(committed ?? now);
  return {
    eventName: call.env['GITHUB_EVENT_NAME'] ?? '',
    ref,
    sha: ofHead ?? call.env['GITHUB_SHA'] ?? '',
    defaultBranch: String(
      (event['repository'] as Json | undefined)?.['default_branch'] ?? call.repository.defaultBranch,
    ),
    baseRef: String(pushed ?? (ref.startsWith('refs/pull/') ? (pull?.base?.ref ?? '') : '')),
    now,
    commitDate: Number.isNaN(date.getTime()) ? now : date,
  };
}

/** Labels or annotations by key, the user's own over them, sorted. */
function withCustoms(
  call: ActionCall,
  context: MetadataContext,
  version: string,
  name: 'labels' | 'annotations',
): ReadonlyMap<string, string> {
  const repository = ((call.github['event'] as Json | undefined)?.['repository'] ?? {}) as Json;
  const url = `${call.env['GITHUB_SERVER_URL']}/${call.env['GITHUB_REPOSITORY']}`;
  const license = repository['license'] as { spdx_id?: string } | null | undefined;
  const all = new Map([
    ['org.opencontainers.image.title', call.env['GITHUB_REPOSITORY']?.split('/')[1] ?? ''],
    ['org.opencontainers.image.description', String(repository['description'] ?? '')],
    ['org.opencontainers.image.url', url],
    ['org.opencontainers.image.source', url],
    ['org.opencontainers.image.version', version],
    ['org.opencontainers.image.created', context.now.toISOString()],
    ['org.opencontainers.image.revision', context.sha],
    ['org.opencontainers.image.licenses', license?.spdx_id ?? ''],
  ]);
  for (const line of lines(input(call, name))) {
    const text = expand(line, context);
    const at = text.indexOf('=');
    if (at > 0) all.set(text.slice(0, at), text.slice(at + 1));
  }
  return new Map([...all].sort(([a], [b]) => a.localeCompare(b)));
}

/** @throws Error with the action's words */
function readImages(given: readonly string[]): readonly string[] {
  return given.flatMap((line) => {
    const fields = splitFields(line);
    // The old form: names with commas between.
    if (given.length === 1 && fields.every((field) => !field.includes('='))) return fields.map(imageName);
    let name = '';
    let enabled = true;
    for (const field of fields) {
      const [key = '', value] = field.split('=').map((part) => part.trim());
      if (value === undefined) name = key;
      else if (key === 'name') name = value;
      else if (key !== 'enable') throw new Error(`Unknown image attribute: ${line}`);
      else if (value !== 'true' && value !== 'false') throw new Error(`Invalid enable attribute value: ${line}`);
      else enabled = value === 'true';
    }
    if (name === '') throw new Error(`Image name attribute empty: ${line}`);
    return enabled ? [imageName(name)] : [];
  });
}

const imageName = (name: string): string => name.toLowerCase();

async function bakeFile(call: ActionCall, kind: string, target: object): Promise<string> {
  const file = join(call.temp, `docker-metadata-action-bake-${kind}-${call.jobId}.json`);
  const name = input(call, 'bake-target', 'docker-metadata-action');
  await writeFile(file, JSON.stringify({ target: { [name]: target } }, undefined, 2));
  return file;
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
