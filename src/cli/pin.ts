import { Command } from 'commander';
import { configPath } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { lockedSigners } from '../config/shared-workflow.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { readCredentials } from '../github/credentials.ts';
import type { Ports } from '../ports.ts';
import { newestVersion, resolveAction, resolveTool } from '../state/pins/resolve-pins.ts';
import { generate, generateShared } from '../workflow/generate/generate.ts';
import { noCommit } from '../workflow/generate/known-pins.ts';
import { type Lock, lockPath, parseLock, renderLock } from '../workflow/generate/lock.ts';
import { movedTo } from '../workflow/generate/previous-pins.ts';
import { clientFor, currentRepository } from './delivery/session.ts';
import { Exit } from './exit.ts';
import { changeFiles } from './generate/files.ts';
import { readMirrors } from './generate/read-mirrors.ts';
import { endVersions } from './pin/end-versions.ts';
import { readLocal } from './read-local.ts';

export interface PinOptions {
  readonly update?: true;
  readonly end?: true;
  readonly shared?: true;
  readonly action?: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** One line of the lock file, as it is and as GitHub says. */
interface Row {
  readonly name: string;
  readonly version: string;
  readonly pinned: string;
  /** Set where it differs. */
  readonly found?: { readonly version: string; readonly pin: string };
}

/** `trunkline pin`: the lock file against what tags and releases lead to. */
export function pinCommand(ports: Ports): Command {
  return new Command('pin')
    .description(
      'Holds every action and tool of trunkline.lock against its tag on GitHub; exit code 1 where one leads elsewhere now.',
    )
    .argument('[name...]', 'owner/repo of an action, or the name of a tool; all of them unless given')
    .option('--update', 'take the newest release of each, and write the lock file')
    .option('--end', 'let the versions before of a shared workflow sign no more: what they signed until today counts')
    .option('--shared', 'of the workflow that other repositories call')
    .option('--action <published=mirror...>', 'with --shared: an action that is taken from a fork or mirror')
    .option('--dry-run', 'with --update and --end: say what would change; nothing can be written')
    .option('--json', 'print for machines')
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline pin\n  $ trunkline pin --update actions/checkout && trunkline generate',
    )
    .action((names: readonly string[], options: PinOptions) => pin(ports, names, options));
}

async function pin(ports: Ports, names: readonly string[], options: PinOptions): Promise<void> {
  if (options.end === true) return endVersions(ports, names, options);
  const before = readLocal(ports.cwd, lockPath);
  const lock = whole(ports, before, names, options);
  const repository = (await currentRepository(ports)) ?? 'trunkline/trunkline';
  const github = clientFor(ports, repository, true, readCredentials(ports.env, 'job'));
  const today = new Date(ports.clock.now()).toISOString().slice(0, 10);
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
  const rows: Row[] = [];
  const actions = { ...lock.actions };
  const shared = sharedBy(ports.cwd);
  for (const [name, one] of Object.entries(lock.actions).filter(([key]) => wanted(key))) {
    if (one.sha === noCommit && options.update !== true) {
      rows.push({ name, version: one.version, pinned: one.sha });
      continue;
    }
    const version = options.update === true ? await newestVersion(github, name) : one.version;
    const now = await resolveAction(github, name, version, today);
    const same = now.sha === one.sha && now.version === one.version;
    rows.push({
      name,
      version: one.version,
      pinned: one.sha,
      ...(same ? {} : { found: { version: now.version, pin: now.sha } }),
    });
    if (!same) actions[name] = shared.has(name) ? movedTo(now, one) : now;
  }
  const tools = { ...lock.tools };
  for (const [name, one] of Object.entries(lock.tools).filter(([key]) => wanted(key))) {
    const now = await resolveTool(github, one, await versionOf(github, one, options), today);
    const same = now.sha256 === one.sha256 && now.version === one.version;
    rows.push({
      name,
      version: one.version,
      pinned: one.sha256,
      ...(same ? {} : { found: { version: now.version, pin: now.sha256 } }),
    });
    if (!same) tools[name] = now;
  }
  const text = renderLock({ actions, tools });
  const write = options.update === true && options.dryRun !== true && text !== before;
  if (write) changeFiles(ports.cwd, [{ path: lockPath, after: text }]);
  report(ports, options, rows, write);
  if (options.update !== true && rows.some((one) => one.found !== undefined || one.pinned === noCommit))
    throw new Exit(1);
}

/** Repositories whose workflows sign: what a version of them signed is wanted longer than it is called. */
function sharedBy(cwd: string): ReadonlySet<string> {
  const local = readLocal(cwd);
  const { services, environments } = local === undefined ? {} : parseConfig(configPath, local);
  return new Set([
    ...(services?.workflows === undefined ? [] : [services.workflows]),
    ...lockedSigners(environments?.accept ?? []),
  ]);
}

async function versionOf(
  github: GitHub,
  tool: { readonly repository: string; readonly version: string },
  { update }: PinOptions,
): Promise<string> {
  return update === true ? newestVersion(github, tool.repository) : tool.version;
}

/** The lock with all that the workflows use, and with the names that were given. */
function whole(ports: Ports, text: string | undefined, names: readonly string[], { shared, action }: PinOptions): Lock {
  const own = parseLock(text);
  const placeholder = { version: 'none', sha: noCommit, resolved: '1970-01-01' };
  const asked = names.filter((name) => name.includes('/') && own.actions[name] === undefined);
  const lock = { ...own, actions: { ...Object.fromEntries(asked.map((name) => [name, placeholder])), ...own.actions } };
  const local = readLocal(ports.cwd);
  const made =
    shared === true
      ? generateShared(lock, () => undefined, readMirrors(action))
      : local === undefined
        ? undefined
        : generate(parseConfig(configPath, local), lock, () => undefined);
  const complete = parseLock(made?.files.find(({ path }) => path === lockPath)?.text ?? renderLock(lock));
  const unknown = names.filter((name) => complete.actions[name] === undefined && complete.tools[name] === undefined);
  if (unknown.length === 0) return complete;
  throw new TrunklineError('INPUT_INVALID', `expected names of ${lockPath}, found ${unknown.join(', ')}`, {
    hint: `known: ${[...Object.keys(complete.actions), ...Object.keys(complete.tools)].join(', ')}`,
  });
}

function report(ports: Ports, { update, json }: PinOptions, rows: readonly Row[], written: boolean): void {
  if (json === true) {
    ports.stdout.write(`${JSON.stringify({ written, pins: rows }, undefined, 2)}\n`);
    return;
  }
  for (const { name, version, pinned, found } of rows) {
    if (pinned === noCommit && found === undefined)
      ports.stdout.write(`${name} has no commit yet: trunkline pin --update ${name}\n`);
    else if (found === undefined) ports.stdout.write(`${name} ${version} is as pinned\n`);
    else if (update === true) ports.stdout.write(`${name} ${version} → ${found.version} (${found.pin.slice(0, 12)})\n`);
    else
      ports.stdout.write(
        `${name} ${version}: expected ${pinned.slice(0, 12)}, found that ${found.version} leads to ${found.pin.slice(0, 12)} now: look who moved it before you take it\n`,
      );
  }
  if (written) ports.stdout.write(`wrote ${lockPath}; now run: trunkline generate\n`);
}
