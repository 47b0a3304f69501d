import { calendarFiles, configPath, type EnvironmentsConfig, holdsPath, hotfixesPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { parseHolds, parseHotfixes } from '../../delivery/records.ts';
import { TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import type { ObjectBatch } from '../../git/object-batch.ts';
import type { Hold } from '../../model/hold.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import { detectLayout } from './detect-layout.ts';
import { configuredLayout, type Layout, type Seen } from './layout.ts';

/** What an infra repository says at one commit. */
export interface Snapshot {
  readonly commit: string;
  readonly config: EnvironmentsConfig | undefined;
  readonly layout: Layout;
  readonly places: readonly (Seen & { readonly file: string })[];
  readonly holds: readonly Hold[];
  readonly hotfixes: readonly Hotfix[];
  /** Every path of the tree. */
  readonly paths: readonly string[];
  /** Manifests and calendars by path, as they were read. */
  readonly texts: ReadonlyMap<string, string>;
  /** What was passed over, for people. */
  readonly notes: readonly string[];
}

/** Reads pins, holds and configuration at a commit: two git processes, whatever the number of services. @throws NOT_FOUND */
export async function readSnapshot(folder: string, commit: string, objects: ObjectBatch): Promise<Snapshot> {
  const tree = await git(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit], { cwd: folder });
  const oids = new Map<string, string>();
  for (const entry of tree.split('\0')) {
    const tab = entry.indexOf('\t');
    // Neither links nor submodules: what they lead to is not of this commit.
    if (tab !== -1 && entry.startsWith('100')) oids.set(entry.slice(tab + 1), entry.slice(12, tab));
  }
  const texts = new Map<string, string>();
  const read = async (paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const some = paths.filter((path) => oids.has(path) && !texts.has(path));
    const contents = await objects.read(some.map((path) => oids.get(path) ?? ''));
    for (const [index, path] of some.entries()) texts.set(path, contents[index]?.toString('utf8') ?? '');
    return texts;
  };
  await read([configPath, holdsPath, hotfixesPath]);
  const notes: string[] = [];
  const paths = [...oids.keys()];
  const { config, fault } = configOf(texts.get(configPath));
  const layout = config === undefined ? await detectLayout(paths, read) : configuredLayout(config);
  if (layout === undefined) throw fault ?? nothingFound(texts.has(configPath));
  if (fault !== undefined)
    notes.push(`${configPath} cannot be read, so pins are looked for without it (${layout.said}): ${fault.message}`);
  else if (layout.source === 'detected') notes.push(`no ${configPath}: detected ${layout.said}`);
  if (config !== undefined) await read(calendarFiles(config));
  const manifests = paths.filter((path) => layout.isManifest(path));
  await read(manifests);
  const places = manifests.flatMap((file) => {
    const seen = layout.read(file, texts.get(file) ?? '');
    if (seen === undefined) notes.push(`${file} cannot be read: what it pins is not shown`);
    return (seen ?? []).map((one) => ({ ...one, file }));
  });
  const absent = layout.files.filter((file) => !oids.has(file));
  if (absent.length > 0)
    notes.push(
      `${absent.length} manifests of ${configPath} are not there, and what they would pin is not shown: ${absent.slice(0, 3).join(', ')}${absent.length > 3 ? ', …' : ''}`,
    );
  return {
    commit,
    config,
    layout,
    places,
    holds: records(() => parseHolds(texts.get(holdsPath)), notes),
    hotfixes: records(() => parseHotfixes(texts.get(hotfixesPath)), notes),
    paths,
    texts,
    notes,
  };
}

function configOf(text: string | undefined): { config?: EnvironmentsConfig | undefined; fault?: TrunklineError } {
  if (text === undefined) return {};
  try {
    return { config: parseConfig(configPath, text).environments };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return { fault: error };
  }
}

/** Looking goes on where a record cannot be read, but says so: a hold may be among what is not seen. */
function records<T>(read: () => readonly T[], notes: string[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    notes.push(`not counted: ${error.message}`);
    return [];
  }
}

function nothingFound(configured: boolean): TrunklineError {
  return new TrunklineError(
    'NOT_FOUND',
    `expected ${configPath} with kind: Environments, or manifests that pin images for several environments, found neither`,
    {
      hint: configured
        ? 'is this the infra repository? name it with --repository owner/name'
        : 'looked for JSON per environment, Helm values, Kustomize overlays and other YAML that names images; --repository owner/name reads another repository',
    },
  );
}
