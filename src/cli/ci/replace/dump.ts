import type { ReplacementInputs, Rule } from '../../../manifest/replace/replacement.ts';
import { table } from '../../print/table.ts';

/** What was understood, as tables: variables, regular expressions, globs with the files that they find, mappings. */
export function renderDump(inputs: ReplacementInputs, rules: readonly Rule[], files: readonly string[]): string {
  const globs = globFiles(rules, files);
  const sections = [
    table([['variable', 'value'], ...[...inputs.variables].map(([name, value]) => [name, JSON.stringify(value)])]),
    table([['regex', 'value'], ...inputs.patterns]),
    table([['glob', 'files'], ...Object.entries(globs).flatMap(([glob, found]) => globRows(glob, found))]),
    table([
      ['condition', 'files', 'match'],
      ...rules.map(({ mapping, holds }) => [
        mapping.conditions.map((one) => `${one.variable}==${one.pattern}`).join(' {OR} '),
        mapping.targets
          .map((one) => `${one.glob}=${one.patterns === 'all' ? '*' : one.patterns.join('&')}`)
          .join(' {AND} '),
        holds ? 'Yes' : 'No',
      ]),
    ]),
  ];
  return `${sections.join('\n\n')}\n`;
}

export function dumpJson(inputs: ReplacementInputs, rules: readonly Rule[], files: readonly string[]): object {
  return {
    variables: Object.fromEntries(inputs.variables),
    regexes: Object.fromEntries(inputs.patterns),
    globs: globFiles(rules, files),
    mappings: rules.map(({ mapping, holds }) => ({ ...mapping, match: holds })),
  };
}

function globFiles(rules: readonly Rule[], files: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const targets = rules.flatMap((rule) => rule.targets);
  return Object.fromEntries(targets.map((one) => [one.glob, files.filter((file) => one.matches(file))]));
}

function globRows(glob: string, found: readonly string[]): readonly (readonly string[])[] {
  return found.length === 0 ? [[glob, 'none']] : found.map((file, index) => [index === 0 ? glob : '', file]);
}
