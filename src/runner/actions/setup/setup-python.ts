import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coerce, validRange } from 'semver';
import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input } from '../action.ts';
import { lines } from '../cache/cache.ts';
import { architecture, bindTool, findTool, type HostTool, output, type ToolKind } from './host-tool.ts';
import { packageCache } from './package-cache.ts';
import { toolVersion, versionFile } from './version-file.ts';

/** actions/setup-python, with the Python that this machine has. */
export const setupPython: BuiltInAction = { name: 'actions/setup-python', fidelity: 'built-in', run };

const question = 'import sys,platform;print(sys.executable);print(platform.python_version())';
const kind: ToolKind = {
  label: 'Python',
  cache: 'Python',
  programs: ['python', 'python3', ...[8, 9, 10, 11, 12, 13, 14].map((minor) => `python3.${minor}`)],
  ask: async (call, file) => {
    const [executable = '', version = ''] = ((await output(call, file, ['-c', question])) ?? '').split('\n').slice(-2);
    return /^\d+\.\d+\.\d+/.test(version) ? { file: executable, version: semverOf(version) } : undefined;
  },
};

async function run(call: ActionCall): Promise<ActionResult> {
  const wanted = await versions(call);
  let last: HostTool | undefined;
  for (const version of wanted) last = await setUp(call, version);
  if (last !== undefined) {
    call.setOutput('python-version', last.version);
    call.setOutput('python-path', last.file);
  }
  const manager = input(call, 'cache');
  return manager === '' ? { conclusion: 'success' } : restorePackages(call, manager, last);
}

async function versions(call: ActionCall): Promise<readonly string[]> {
  const asked = lines(input(call, 'python-version'));
  if (asked.length > 0) return asked;
  const named = await versionFile(call, 'python-version-file', 'python');
  const file =
    named ?? (await versionFile({ ...call, inputs: { f: '.python-version' } }, 'f', 'python').catch(() => undefined));
  if (file === undefined) {
    call.log(
      "::warning::Neither 'python-version' nor 'python-version-file' inputs were supplied. Attempting to find '.python-version' file.",
    );
    return [];
  }
  if (file.name.endsWith('.toml')) {
    const found = /^\s*(?:requires-python|python)\s*=\s*["']([^"']+)["']/m.exec(file.text)?.[1];
    return found === undefined ? [] : [found];
  }
  if (file.name.endsWith('.tool-versions')) return [toolVersion(file.text, 'python') ?? ''].filter((one) => one !== '');
  return lines(file.text).filter((line) => !line.startsWith('#'));
}

async function setUp(call: ActionCall, wanted: string): Promise<HostTool> {
  if (/^(?:pypy|graalpy)/i.test(wanted))
    throw new Error(`The version '${wanted}' is not CPython: the lab binds the CPython of this machine only`);
  const range = rangeOf(wanted);
  const refusal = `The version '${wanted}' with architecture '${architecture()}' was not found for this machine.`;
  const tool = await findTool(call, kind, range, refusal);
  const [major = '3', minor = ''] = tool.version.split('.');
  const root = await bindTool(call, kind, tool, {
    python: tool.file,
    [`python${major}`]: tool.file,
    [`python${major}.${minor}`]: tool.file,
  });
  const pip = `#!/bin/sh\nexec '${tool.file.replaceAll("'", "'\\''")}' -m pip "$@"\n`;
  for (const name of ['pip', `pip${major}`]) await writeFile(join(root, 'bin', name), pip, { mode: 0o755 });
  if (booleanInput(call, 'update-environment', true)) {
    const names = ['pythonLocation', 'Python_ROOT_DIR', 'Python2_ROOT_DIR', 'Python3_ROOT_DIR'];
    for (const name of names) call.exportEnv(name, root);
  }
  return tool;
}

/** `3.12.0rc1` is `3.12.0-rc.1`. */
function semverOf(version: string): string {
  const match = /^(\d+\.\d+\.\d+)(?:(a|b|rc)(\d+))?/.exec(version);
  const names: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', rc: 'rc' };
  return match?.[2] === undefined ? (match?.[1] ?? version) : `${match[1]}-${names[match[2]]}.${match[3]}`;
}

function rangeOf(wanted: string): string {
  const development = /^(\d+\.\d+)-dev$/.exec(wanted)?.[1];
  const text = development === undefined ? wanted : `~${development}.0-0`;
  // pip's and Poetry's lists have commas where semver has spaces.
  const range = text.replaceAll(',', ' ').replaceAll('==', '').replace(/~=\s*/, '~');
  if (validRange(range) === null) throw new Error(`Invalid python version '${wanted}'`);
  return range;
}

const managers: Readonly<Record<string, readonly string[]>> = {
  pip: ['requirements.txt', 'pyproject.toml'],
  pipenv: ['Pipfile.lock'],
  poetry: ['poetry.lock'],
};

async function restorePackages(call: ActionCall, manager: string, tool: HostTool | undefined): Promise<ActionResult> {
  const lockFiles = managers[manager];
  if (lockFiles === undefined) throw new Error(`Caching for '${manager}' is not supported`);
  const home = call.env['HOME'] ?? call.workspace;
  const folders: Readonly<Record<string, readonly string[]>> = {
    pip: [(await output(call, tool?.file ?? 'python3', ['-m', 'pip', 'cache', 'dir'])) ?? join(home, '.cache/pip')],
    pipenv: [join(home, '.local/share/virtualenvs')],
    poetry: [join(home, '.cache/pypoetry')],
  };
  return packageCache(call, {
    prefix: `setup-python-${call.env['RUNNER_OS'] ?? 'Linux'}-${architecture()}-python-${coerce(tool?.version)?.version ?? ''}-${manager}`,
    paths: folders[manager] ?? [],
    lockFiles,
    refusal: `No file in ${call.workspace} matched to [${lockFiles.join(' or ')}], make sure you have checked out the target repository`,
  });
}
