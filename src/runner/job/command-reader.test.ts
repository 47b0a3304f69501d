import { expect, test } from 'vitest';
import { Masker } from '../../github/masks.ts';
import type { Annotation } from '../../protocol/run.ts';
import { CommandReader } from './command-reader.ts';
import { JobLog } from './job-log.ts';

interface Read {
  readonly lines: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  readonly failed: boolean;
}

function read(lines: readonly string[], env: Record<string, string> = {}, debug = false): Read {
  const shown: string[] = [];
  const outputs: Record<string, string> = {};
  const masker = new Masker();
  let failed = false;
  const set = (name: string, value: string): void => {
    outputs[name] = value;
  };
  const log = new JobLog({
    masker,
    clock: { now: () => 0 },
    write: () => undefined,
    show: (line) => shown.push(line),
    debug,
  });
  new CommandReader({
    log,
    workspace: '/w/app/app',
    env,
    effects: {
      setOutput: set,
      saveState: set,
      setEnv: set,
      addPath: (folder) => set('PATH', folder),
      addMask: (value) => masker.add(value),
      fail: () => {
        failed = true;
      },
    },
  }).lines(lines);
  return { lines: shown, outputs, annotations: log.annotations, failed };
}

test('commands do not show, other lines do', () => {
  const { lines } = read(['a', '::debug::hidden', '::unknown::shown', '::group::G', '::endgroup::', 'b']);
  expect(lines).toEqual(['a', '::unknown::shown', '##[group]G', '##[endgroup]', 'b']);
});

test('masks hold from the next line on', () => {
  expect(read(['::add-mask::hunter22', 'hunter22!']).lines).toEqual(['***!']);
  expect(read(['::add-mask::a-b%0Dc-d%0Ae-f', 'a-b c-d e-f']).lines).toEqual(['*** *** ***']);
  expect(read(['::add-mask:: ']).lines[0]).toContain("Can't add secret mask for empty string");
});

test('stopped commands are output until the token comes', () => {
  const { lines, outputs } = read([
    '::stop-commands::myToken1',
    '::set-output name=a::1',
    '::myToken1::',
    '::set-output name=b::2',
  ]);
  expect(lines.slice(0, 3)).toEqual(['::stop-commands::***', '::set-output name=a::1', '::***::']);
  expect(outputs).toEqual({ b: '2' });
});

test.each(['', 'set-env', 'pause-logging', 'Error'])('refuses the stop token %j', (token) => {
  expect(read([`::stop-commands::${token}`]).failed).toBe(true);
  expect(read([`::stop-commands::${token}`], { ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS: 'true' }).failed).toBe(false);
});

test('set-env and add-path are refused unless asked for', () => {
  expect(read(['::set-env name=X::1', '::add-path::/x']).outputs).toEqual({});
  expect(read(['::set-env name=X::1']).failed).toBe(true);
  expect(read(['::set-env name=X::1', '::add-path::/x'], { ACTIONS_ALLOW_UNSECURE_COMMANDS: 'true' }).outputs).toEqual({
    X: '1',
    PATH: '/x',
  });
});

test('echo shows commands; a wrong value fails', () => {
  expect(read(['::echo::ON', '::set-output name=a::1', '::echo::Off   ', '::set-output name=b::2']).lines[0]).toBe(
    '::set-output name=a::1',
  );
  expect(read(['::echo::invalid']).failed).toBe(true);
  expect(read(['::echo::']).failed).toBe(true);
  expect(read(['::debug::x'], {}, true).lines).toEqual(['##[debug]x']);
});

test.each([
  ['line=1,endLine=2,col=1,endColumn=2', { startLine: 1, endLine: 2 }],
  ['line=1,col=1,endColumn=2', { startLine: 1, startColumn: 1, endColumn: 2 }],
  ['col=1,endColumn=2', {}],
  ['endLine=4', { startLine: 4, endLine: 4 }],
  ['line=1,endColumn=2', { startLine: 1, startColumn: 2, endColumn: 2 }],
  ['line=3,endLine=1,col=2', {}],
  ['line=3,col=5,endColumn=2', { startLine: 3 }],
  ['line=x', {}],
])('an annotation at %s', (place, expected) => {
  const { annotations } = read([`::warning file=/w/app/app/src/a.ts,title=T,${place}::M`]);
  expect(annotations).toEqual([{ level: 'warning', message: 'M', title: 'T', path: 'src/a.ts', ...expected }]);
});

test('each level of an annotation shows as itself', () => {
  const { lines, annotations } = read(['::notice title=T::n', '::warning::w', '::error file=a.ts::e']);
  expect(lines).toEqual(['##[notice]n', '##[warning]w', '##[error]e']);
  expect(annotations.map(({ level }) => level)).toEqual(['notice', 'warning', 'failure']);
});

test('ten annotations of a level are kept', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `::error::${index}`);
  expect(read(lines).annotations).toHaveLength(10);
  expect(read(lines).lines).toHaveLength(12);
});

test('outputs and states by command still work, and say that they will not for long; without a name they fail', () => {
  for (const command of ['set-output', 'save-state']) {
    const { outputs, lines, failed } = read([`::${command} name=a::1`, `::${command} name=b::`]);
    expect(outputs).toEqual({ a: '1', b: '' });
    expect(lines[0]).toContain(`The \`${command}\` command is deprecated`);
    expect(failed).toBe(false);
    const nameless = read([`::${command}::1`]);
    expect(nameless.failed).toBe(true);
    expect(nameless.annotations.map(({ message }) => message)).toContain(
      `Required field 'name' is missing in ##[${command}] command.`,
    );
  }
});
