import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrunklineError } from '../errors.ts';
import type { ActionSource, BuiltInAction } from '../runner/actions/action.ts';
import { type Launched, launcher } from './launcher.ts';

/** Serves `uses: trunkline/trunkline@…`, at whatever ref, from the package that runs: jobs get the very same command. */
export function trunklineAction(packageFolder?: string): ActionSource {
  return {
    label: 'the package that runs',
    fetch: async (repository, _ref, folder) => {
      if (repository.toLowerCase() !== 'trunkline/trunkline') return undefined;
      const { home, main } = findCommand(packageFolder);
      await cp(join(home, 'action.yml'), join(folder, 'action.yml'));
      await cp(join(home, 'action'), join(folder, 'action'), { recursive: true });
      await symlink(join(home, 'dist'), join(folder, 'dist'));
      const { mtimeMs, size } = statSync(main);
      return createHash('sha1').update(`${main} ${mtimeMs} ${size}`).digest('hex');
    },
  };
}

/**
 * What action/setup.mjs does, without a process of its own: jobs ask for it more often than for anything else. The
 * launcher lets the command ask `hosts`, which are the lab's, without TLS, start without what Node 20 loads for it, and
 * keep what V8 compiled in `compileCache`, a folder.
 */
export function trunklineSetup({ hosts, compileCache }: Omit<Launched, 'main'>, packageFolder?: string): BuiltInAction {
  return {
    name: 'trunkline/trunkline',
    fidelity: 'built-in',
    run: async (call) => {
      const { main } = findCommand(packageFolder);
      const folder = await mkdtemp(join(call.temp, 'trunkline-'));
      const script = launcher({ hosts, compileCache, main }, '"$@"');
      await writeFile(join(folder, 'trunkline'), script, { mode: 0o755 });
      call.addPath(folder);
      return { conclusion: 'success' };
    },
  };
}

/** The command's own file, built or not yet. */
export function commandFile(packageFolder: string | undefined): string {
  return join(packageFolder ?? findPackage(import.meta.dirname), 'dist', 'trunkline.js');
}

/** @throws ACTION_NOT_FOUND where the package was not built */
function findCommand(packageFolder: string | undefined): { home: string; main: string } {
  const home = packageFolder ?? findPackage(import.meta.dirname);
  const main = join(home, 'dist', 'trunkline.js');
  if (existsSync(main)) return { home, main };
  throw new TrunklineError('ACTION_NOT_FOUND', `expected the built command at ${main}, found nothing`, {
    hint: 'run npm run build in the package',
  });
}

function findPackage(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'action.yml')) && existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new TrunklineError('ACTION_NOT_FOUND', `expected the package's action.yml above ${from}, found none`);
}
