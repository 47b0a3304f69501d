import { parse } from 'yaml';
import type { Forge } from '../forge.ts';
import { fullNameOf } from '../permissions.ts';
import type { ActionsSettings, Repository } from '../rows.ts';
import { fnmatch } from '../rules/fnmatch.ts';
import { words } from '../words.ts';

interface Use {
  readonly text: string;
  readonly owner: string;
  /** A called workflow, not an action. */
  readonly workflow: boolean;
  readonly ref: string;
}

/** Why a workflow may not start by the settings of its repository and organisation, in GitHub's words. */
export function refusedActions(forge: Forge, repository: Repository, text: string): string | undefined {
  const organization = forge.store.accounts.get(repository.ownerId);
  const settings = [organization?.actions, repository.actions].filter((one) => one !== undefined);
  if (settings.length === 0) return undefined;
  const uses = usesOf(text);
  const name = fullNameOf(forge, repository);
  const unpinned = uses.filter((one) => !one.workflow && !/^[0-9a-f]{40}$/.test(one.ref)).map((one) => one.text);
  if (settings.some((one) => one.shaPinning === true) && unpinned.length > 0)
    return words.unpinnedActions(unpinned, name);
  const owner = organization?.login ?? '';
  for (const one of settings) {
    const refused = uses.find((use) => !isAllowed(one, use, owner));
    if (refused !== undefined) return words.actionNotAllowed(refused.text, name, namedPolicy(one, owner));
  }
  return undefined;
}

function isAllowed(settings: ActionsSettings, use: Use, owner: string): boolean {
  const { allowedActions = 'all', selectedActions } = settings;
  if (allowedActions === 'all' || use.owner.toLowerCase() === owner.toLowerCase()) return true;
  if (allowedActions === 'local_only' || selectedActions === undefined) return false;
  const patterns = selectedActions.patterns;
  // Who is verified in the Marketplace is not known here.
  if (patterns.some((one) => one.startsWith('!') && matches(one.slice(1), use.text))) return false;
  if (selectedActions.githubOwned && ['actions', 'github'].includes(use.owner.toLowerCase())) return true;
  return patterns.some((one) => !one.startsWith('!') && matches(one, use.text));
}

/** `owner/*`, `owner/repository@*`, `owner/repository@v2` (docs.github.com, "Allowing select actions"). */
function matches(pattern: string, text: string): boolean {
  if (pattern.includes('@')) return fnmatch(pattern.replaceAll('/', ':'), text.replaceAll('/', ':'));
  const [name = ''] = text.split('@');
  return (
    fnmatch(pattern, name) ||
    fnmatch(`${pattern}/**/*`, name) ||
    fnmatch(pattern, name.split('/').slice(0, 2).join('/'))
  );
}

function namedPolicy({ allowedActions, selectedActions }: ActionsSettings, owner: string): string {
  const parts = [
    `within a repository owned by ${owner}`,
    ...(allowedActions === 'selected' && selectedActions?.githubOwned === true ? ['created by GitHub'] : []),
    ...(allowedActions === 'selected' && selectedActions?.verified === true
      ? ['verified in the GitHub Marketplace']
      : []),
    ...(allowedActions === 'selected' && (selectedActions?.patterns.length ?? 0) > 0
      ? [`matching the following: ${selectedActions?.patterns.join(', ') ?? ''}`]
      : []),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1) ?? ''}`;
}

function usesOf(text: string): readonly Use[] {
  const jobs = field(read(text), 'jobs');
  if (typeof jobs !== 'object' || jobs === null) return [];
  return Object.values(jobs).flatMap((job: unknown) => {
    const steps = field(job, 'steps');
    const ofSteps = list(steps)
      .flatMap((step) => [step, ...list(field(step, 'parallel'))])
      .map((step) => ({ text: field(step, 'uses'), workflow: false }));
    return [...ofSteps, { text: field(job, 'uses'), workflow: true }].flatMap(({ text: used, workflow }) => {
      const match = typeof used === 'string' ? /^([^./@][^/@]*)\/[^@]+@(.+)$/.exec(used.trim()) : null;
      const docker = typeof used === 'string' && used.startsWith('docker:');
      if (match === null || docker) return [];
      return [{ text: match[0], owner: match[1] ?? '', workflow, ref: match[2] ?? '' }];
    });
  });
}

function read(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // What is no YAML is refused elsewhere.
    return undefined;
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
