import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

interface LoadedModule {
  exports: unknown;
}

/**
 * Runs a CommonJS file of the bundle and the chunks that it requires. With a folder for it, V8's compiled code is kept
 * there from one process to the next: compiling takes a command as long as its own work. What Node 22 calls its compile
 * cache does the same; Node 20 has none. V8 refuses code that another version compiled, and it is then made anew.
 *
 * @param cacheFolder whoever may write there decides what runs: nobody but this user may
 */
export function loadBundle(main: string, cacheFolder: string | undefined): void {
  const outside = createRequire(main);
  const modules = new Map<string, LoadedModule>();
  const compiledHere: { readonly script: Script; readonly cacheFile: string }[] = [];

  const load = (file: string): unknown => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module: LoadedModule = { exports: {} };
    modules.set(file, module);
    const folder = dirname(file);
    const require = (name: string): unknown => (name.startsWith('.') ? load(join(folder, name)) : outside(name));
    compile(file).call(module.exports, module.exports, require, module, file, folder);
    return module.exports;
  };

  const compile = (file: string): ((...args: unknown[]) => void) => {
    const cacheFile = cacheFolder === undefined ? undefined : join(cacheFolder, cacheName(file));
    const cachedData = cacheFile === undefined ? undefined : readIfThere(cacheFile);
    const source = readFileSync(file, 'utf8');
    const opening = '(function (exports, require, module, __filename, __dirname) {';
    const script = new Script(`${opening}${source}\n})`, {
      filename: file,
      columnOffset: -opening.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    if (cacheFile !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
      compiledHere.push({ script, cacheFile });
    }
    return script.runInThisContext() as (...args: unknown[]) => void;
  };

  // At the end, when it is known which functions a command runs: these are kept compiled, too.
  process.once('exit', () => {
    for (const { script, cacheFile } of compiledHere) {
      try {
        mkdirSync(dirname(cacheFile), { recursive: true, mode: 0o700 });
        const partial = `${cacheFile}.${process.pid}`;
        writeFileSync(partial, script.createCachedData(), { mode: 0o600 });
        renameSync(partial, cacheFile);
      } catch {
        return; // The folder went away with its lab, or the disk is full: the next one compiles as this one did.
      }
    }
  });
  load(main);
}

/** Changes with the file: V8 itself looks at no more than the length of the source. */
function cacheName(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${basename(file)}-${size}-${mtimeMs}`;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
