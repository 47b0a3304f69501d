import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Masker } from '../../github/masks.ts';
import { parseCommand } from '../../github/workflow-commands.ts';
import type { Annotation } from '../../protocol/run.ts';
import { CommandReader } from './command-reader.ts';
import { JobLog } from './job-log.ts';
import { matchLine, readMatchers } from './problem-matcher.ts';
import { applyStepFiles, stepFileKinds } from './step-files.ts';

// Tables of the tests of GitHub's runner (actions/runner, MIT: testdata/LICENSE), read from its C# as data.
const table = (name: string): { readonly cases: readonly Case[] } =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', `${name}.json`), 'utf8'));

interface Case {
  readonly name: string;
  /** Lines of the file; absent: there is no such file. */
  readonly content?: readonly string[];
  readonly newline?: string;
  readonly windows?: true;
  readonly expected?: Readonly<Record<string, string>>;
  readonly error?: string;
  readonly issues?: number;
  readonly message?: string;
  readonly command?: string | null;
  readonly properties?: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly size?: number;
  readonly uploaded?: boolean;
  readonly secrets?: readonly string[];
  readonly absent?: readonly string[];
  readonly file?: null;
  readonly each?: readonly Readonly<Record<string, unknown>>[];
  readonly env?: Readonly<Record<string, string>>;
  readonly debug?: boolean;
  readonly lines?: readonly (readonly [string, boolean])[];
  readonly echo?: readonly boolean[];
  readonly failed?: boolean;
  readonly masked?: Readonly<Record<string, string>>;
}

/** Cases that do not apply, each with the reason. */
const skipped: Readonly<Record<string, string>> = {
  SetOutputFileCommand_Heredoc_PreservesNewline: 'of runners on Windows, where the file may have other line ends',
  SetEnvFileCommand_Heredoc_PreservesNewline: 'of runners on Windows, where the file may have other line ends',
  SaveStateFileCommand_Heredoc_PreservesNewline: 'of runners on Windows, where the file may have other line ends',
  CreateStepSummaryCommand_FileNull: 'a step here always has the path of a file',
  AddMatcherTranslatesFilePath: 'src/runner/containers/job-containers.test.ts shows it',
  SetOutputCommand_EmitsTelemetryOnce: 'the lab tells nobody which commands are used',
  SaveStateCommand_EmitsTelemetryOnce: 'the lab tells nobody which commands are used',
  EnablePluginInternalCommand: 'internal-set-repo-path is for the checkout of 2019, which was part of the runner',
  DisablePluginInternalCommand: 'internal-set-repo-path is for the checkout of 2019, which was part of the runner',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tables-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function quietLog(masker = new Masker(), debug = false): { log: JobLog; shown: string[] } {
  const shown: string[] = [];
  const clock = { now: () => 0 };
  const log = new JobLog({ masker, clock, write: () => undefined, show: (line) => shown.push(line), debug });
  return { log, shown };
}

function applied(kind: (typeof stepFileKinds)[number], one: Case): Record<string, unknown> {
  const values: Record<string, string> = {};
  const summaries: string[] = [];
  let failed = false;
  const set = (name: string, value: string): void => {
    values[name] = value;
  };
  const masker = new Masker();
  for (const secret of one.secrets ?? []) masker.add(secret);
  const { log } = quietLog(masker);
  const file = join(folder, crypto.randomUUID());
  // As the runner's tests write it: with a byte order mark, and no line end after the last line.
  if (one.content !== undefined) writeFileSync(file, `\uFEFF${one.content.join(one.newline ?? '\n')}`);
  if (one.size !== undefined) writeFileSync(file, Buffer.alloc(one.size));
  const none = join(folder, 'none', 'such');
  const context = { ...Object.fromEntries(stepFileKinds.map((each) => [each, none])), [kind]: file };
  applyStepFiles(
    { context: context as Record<(typeof stepFileKinds)[number], string> },
    {
      setOutput: set,
      saveState: set,
      setEnv: set,
      addPath: () => undefined,
      addMask: () => undefined,
      addSummary: (markdown) => summaries.push(masker.mask(markdown)),
      fail: () => {
        failed = true;
      },
    },
    log,
  );
  return { values, failed, messages: log.annotations.map(({ message }) => message), summary: summaries.join('') };
}

const files = { 'set-output': 'output', 'set-env': 'env', 'save-state': 'state' } as const;
for (const [name, kind] of Object.entries(files)) {
  test.each(table(name).cases.filter((one) => !(one.name in skipped)))('$name', (one) => {
    const { values, failed, messages } = applied(kind, one);
    if (one.error !== undefined) {
      expect([failed, (messages as string[]).join('\n')]).toEqual([true, expect.stringContaining(one.error)]);
    } else {
      expect({ values, failed, issues: (messages as string[]).length }).toEqual({
        values: one.expected,
        failed: false,
        issues: one.issues ?? 0,
      });
    }
  });
}

test.each(table('create-step-summary').cases.filter((one) => !(one.name in skipped)))('$name', (one) => {
  const { summary, messages, failed } = applied('step_summary', one);
  expect([(messages as string[]).length, summary !== '', failed]).toEqual([one.issues, one.uploaded, false]);
  for (const text of one.absent ?? []) expect(summary).not.toContain(text);
  expect(summary).not.toContain('\uFEFF');
});

test.each(table('action-command').cases)('$name $message', (one) => {
  const command = parseCommand(one.message ?? '', (name) => name === 'do-something');
  if (one.command === null) expect(command).toBeUndefined();
  else {
    expect({ ...command, properties: Object.fromEntries(command?.properties ?? []) }).toEqual({
      name: one.command,
      properties: one.properties,
      data: one.data,
    });
  }
});

const managed = table('action-command-manager').cases.flatMap((one) =>
  (one.each ?? [{}]).map((values) => {
    const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(values[key]));
    const env = Object.fromEntries(Object.entries(one.env ?? {}).map(([key, value]) => [key, fill(value)]));
    const lines = (one.lines ?? []).map(([line, command]) => [fill(line), command] as const);
    return { ...one, lines, env, place: values['is'] as Readonly<Record<string, number>> | undefined };
  }),
);

test.each(managed.filter((one) => !(one.name in skipped)))('$name $lines.0', (one) => {
  const masker = new Masker();
  const { log, shown } = quietLog(masker, one.debug === true);
  let failed = false;
  const nothing = (): void => undefined;
  const reader = new CommandReader({
    log,
    workspace: '/w',
    env: one.env,
    effects: {
      setOutput: nothing,
      saveState: nothing,
      setEnv: nothing,
      addPath: nothing,
      addMask: (value) => masker.add(value),
      fail: () => {
        failed = true;
      },
    },
  });
  const echoes: boolean[] = [];
  for (const [line, command] of one.lines) {
    shown.length = 0;
    reader.lines([line]);
    // What is no command is output as it is; stop-commands and its token are shown though they are commands.
    const stops = /stop|randomToken/i.test(line);
    if (!stops && !/echo|add-mask|warning/.test(line)) expect([line, shown.includes(line)]).toEqual([line, !command]);
    shown.length = 0;
    if (one.echo !== undefined) reader.lines(['::save-state name=x::1']);
    echoes.push(shown.includes('::save-state name=x::1'));
  }
  if (one.echo !== undefined) expect(echoes).toEqual(one.echo);
  if (one.failed !== undefined) expect(failed).toBe(one.failed);
  for (const [text, masked] of Object.entries(one.masked ?? {})) expect(masker.mask(text)).toBe(masked);
  if (one.place !== undefined) expect(placeOf(log.annotations[0])).toEqual(one.place);
});

function placeOf(annotation: Annotation | undefined): Record<string, number | undefined> {
  const { startLine, endLine, startColumn, endColumn } = annotation ?? {};
  const place = { line: startLine, endLine, col: startColumn, endColumn };
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}

interface MatcherCase {
  readonly name: string;
  readonly steps: readonly {
    readonly config: object;
    readonly valid: boolean;
    readonly owner?: string;
    /** `match` is null where the line completes nothing, and absent where the test does not look. */
    readonly lines?: readonly { readonly line: string; readonly match?: Readonly<Record<string, string>> | null }[];
  }[];
}

test.each(table('issue-matcher').cases as unknown as readonly MatcherCase[])('$name', ({ steps }) => {
  for (const { config, valid, owner, lines = [] } of steps) {
    const text = JSON.stringify(config);
    if (!valid) {
      expect(() => readMatchers(text)).toThrow();
      continue;
    }
    const [matcher] = readMatchers(text);
    if (owner !== undefined) expect(matcher?.owner).toBe(owner);
    for (const { line, match } of lines) {
      const found = matcher === undefined ? undefined : matchLine(matcher, line);
      if (match === null) expect([line, found]).toEqual([line, undefined]);
      else if (match !== undefined) expect([line, found]).toEqual([line, expect.objectContaining(match)]);
    }
  }
});

test('what is skipped is in the tables', () => {
  const tables = [...Object.keys(files), 'create-step-summary', 'action-command-manager'];
  const names = new Set(tables.flatMap((name) => table(name).cases.map((one) => one.name)));
  expect(Object.keys(skipped).filter((name) => !names.has(name))).toEqual([]);
});
