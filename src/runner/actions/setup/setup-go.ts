import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { validRange } from 'semver';
import { findProgram } from '../../process/find-program.ts';
import { type ActionCall, type ActionResult, type BuiltInAction, booleanInput, input } from '../action.ts';
import { architecture, bindTool, findTool, type HostTool, output, type ToolKind } from './host-tool.ts';
import { packageCache } from './package-cache.ts';
import { toolVersion, versionFile } from './version-file.ts';

/** actions/setup-go, with the Go that this machine has; it does not fetch another one by itself either. */
export const setupGo: BuiltInAction = { name: 'actions/setup-go', fidelity: 'built-in', run };

const kind: ToolKind = {
  label: 'Go',
  cache: 'go',
  programs: ['go'],
  ask: async (call, file) => {
    const local = { ...call, env: { ...call.env, GOTOOLCHAIN: 'local' } };
    const version = / go(\d\S*) /.exec((await output(local, file, ['version'])) ?? '')?.[1];
    return version === undefined ? undefined : { file: await realpath(file), version: semverOf(version) };
  },
};

async function run(call: ActionCall): Promise<ActionResult> {
  const wanted = await version(call);
  if (wanted === '')
    call.log('::warning::go-version input was not specified. The action will try to use pre-installed version.');
  const range = rangeOf(call, wanted);
  const refusal = `Unable to find Go version '${wanted}' for platform ${process.platform} and architecture ${architecture()}.`;
  const tool = await findTool(call, kind, range, refusal);
  const gofmt = await findProgram('gofmt', dirname(tool.file));
  const links = { go: tool.file, ...(gofmt === undefined ? {} : { gofmt: await realpath(gofmt) }) };
  await bindTool(call, kind, tool, links);
  call.exportEnv('GOTOOLCHAIN', 'local');
  const path = await output(call, tool.file, ['env', 'GOPATH']);
  if (path !== undefined) call.addPath(join(path, 'bin'));
  call.setOutput('go-version', tool.version);
  return booleanInput(call, 'cache', true) ? restoreModules(call, tool) : { conclusion: 'success' };
}

async function version(call: ActionCall): Promise<string> {
  const asked = input(call, 'go-version');
  if (asked !== '') return asked;
  const file = await versionFile(call, 'go-version-file', 'go');
  if (file === undefined) return '';
  if (/go\.(?:mod|work)$/.test(file.name)) {
    const chain = /^toolchain go(\S+)/m.exec(file.text)?.[1];
    return chain ?? /^go (\d\S*)/m.exec(file.text)?.[1] ?? '';
  }
  return file.name.endsWith('.tool-versions') ? (toolVersion(file.text, 'golang', 'go') ?? '') : file.text.trim();
}

/** `1.22` is any 1.22; which one is `stable` cannot be known here. */
function rangeOf(call: ActionCall, wanted: string): string {
  if (wanted === '') return '*';
  if (wanted === 'stable' || wanted === 'oldstable') {
    call.log(
      `::notice::GitHub would take the newest version that is "${wanted}"; here the newest of this machine counts`,
    );
    return '*';
  }
  const range = wanted.replaceAll(/\d+(?:\.\d+)*(?:rc|beta)\d+/g, semverOf).replace(/^go/, '');
  if (validRange(range) === null) throw new Error(`Invalid go version '${wanted}'`);
  return range;
}

/** `1.23rc1` is `1.23.0-rc.1`. */
function semverOf(version: string): string {
  const [, major = '0', minor = '0', patch = '0', name, number] =
    /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(rc|beta)(\d+))?/.exec(version) ?? [];
  return `${major}.${minor}.${patch}${name === undefined ? '' : `-${name}.${number}`}`;
}

/** On by default; a repository without go.sum is warned about and goes on. */
async function restoreModules(call: ActionCall, tool: HostTool): Promise<ActionResult> {
  const folders = await output(call, tool.file, ['env', 'GOMODCACHE', 'GOCACHE']);
  if (folders === undefined) return { conclusion: 'success' };
  try {
    return await packageCache(call, {
      prefix: `setup-go-${call.env['RUNNER_OS'] ?? 'Linux'}-${architecture()}-go-${tool.version}`,
      paths: folders.split('\n'),
      lockFiles: ['go.sum'],
      refusal: `Restore cache failed: Dependencies file is not found in ${call.workspace}. Supported file pattern: go.sum`,
    });
  } catch (error) {
    if (input(call, 'cache') !== '') throw error;
    call.log(`::warning::${error instanceof Error ? error.message : String(error)}`);
    return { conclusion: 'success' };
  }
}
