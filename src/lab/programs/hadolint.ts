import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { type Instruction, parseDockerfile, words } from '../image/dockerfile.ts';
import { type Program, readFlags } from './program.ts';

interface Found {
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

const known = new Set(
  'FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL'.split(
    ' ',
  ),
);

/** hadolint: whether a Dockerfile can be read, and those of its rules that are errors; none of the weaker ones. */
export const hadolint: Program = async ({ words: given, ports }) => {
  const { values, rest } = readFlags(given, {
    program: 'hadolint',
    values: { '--failure-threshold': 'threshold', '-t': 'threshold', '--ignore': 'ignore' },
    switches: ['--no-color'],
  });
  const ignored = values.get('ignore') ?? [];
  ports.stderr.write('stand-in for hadolint: only what it calls an error is looked for\n');
  let stops = false;
  for (const file of rest) {
    const text = await readFile(resolve(ports.cwd, file), 'utf8').catch(() => undefined);
    if (text === undefined) {
      ports.stderr.write(`hadolint: ${file}: openBinaryFile: does not exist (No such file or directory)\n`);
      return 1;
    }
    for (const { line, rule, message } of look(text, file).filter((one) => !ignored.includes(one.rule))) {
      stops = true;
      ports.stdout.write(`${file}:${line} ${rule} error: ${message}\n`);
    }
  }
  return stops && values.get('threshold')?.at(-1) !== 'none' ? 1 : 0;
};

/** Rules as github.com/hadolint/hadolint lists them. */
function look(text: string, file: string): readonly Found[] {
  let instructions: readonly Instruction[];
  try {
    instructions = parseDockerfile(text, file);
  } catch (error) {
    // What the stand-in for builds does not carry out is no mistake.
    if (!(error instanceof TrunklineError) || error.code === 'UNSUPPORTED') return [];
    return [{ line: error.location?.line ?? 1, rule: 'DL1000', message: error.message }];
  }
  const found: Found[] = [];
  const names = new Set<string>();
  let entryPoints = 0;
  for (const { name, text: rest, line } of instructions) {
    const say = (rule: string, message: string): void => void found.push({ line, rule, message });
    if (!known.has(name)) say('DL1000', `unexpected '${name}'`);
    if (name === 'FROM') {
      entryPoints = 0;
      const alias = /\sAS\s+(\S+)/i.exec(rest)?.[1]?.toLowerCase();
      if (alias !== undefined && names.has(alias)) say('DL3024', 'FROM aliases (stage names) must be unique');
      if (alias !== undefined) names.add(alias);
    }
    if (name === 'MAINTAINER') say('DL4000', 'MAINTAINER is deprecated');
    if (name === 'WORKDIR' && !/^["']?[/$]/.test(rest)) say('DL3000', 'Use absolute WORKDIR');
    if (name === 'RUN' && /(?:^|[;&|]\s*|\s)sudo\s/.test(` ${rest}`))
      say('DL3004', 'Do not use sudo as it leads to unpredictable behavior. Use a tool like gosu to enforce root');
    if (name === 'ADD' && !/^https?:|\.(?:tar|tgz|gz|bz2|xz|zip)\b/i.test(words(rest)[0] ?? ''))
      say('DL3020', 'Use COPY instead of ADD for files and folders');
    if (name === 'COPY' && !rest.startsWith('[') && words(rest).length > 2 && !/\/["']?$/.test(rest))
      say('DL3021', 'COPY with more than 2 arguments requires the last argument to end with /');
    if (name === 'ENTRYPOINT') {
      entryPoints += 1;
      if (entryPoints > 1) say('DL4004', 'Multiple `ENTRYPOINT` instructions found');
    }
  }
  return found;
}
