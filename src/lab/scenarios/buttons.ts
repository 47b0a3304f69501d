import type { StepFacts, WorkflowFacts } from './workflow-facts.ts';

/** A workflow that a person can start and that runs one of our commands. */
export interface Button {
  readonly path: string;
  /** The dispatch inputs for the values that the command is to get. */
  inputs(values: CommandValues): Record<string, string>;
}

/** Values by place: `0` is the first word after the command, `--to` the value of that option. */
export type CommandValues = Readonly<Record<string, string>>;

/**
 * The workflow_dispatch workflow with a step that runs `trunkline <command>`, with these switches (`--hotfix`) and no
 * others; undefined where there is none.
 */
export function findButton(
  workflows: readonly WorkflowFacts[],
  command: string,
  switches: readonly string[] = [],
): Button | undefined {
  for (const workflow of workflows.filter(({ events }) => events.includes('workflow_dispatch'))) {
    for (const step of workflow.jobs.flatMap(({ steps }) => steps)) {
      const words = commandWords(step, command);
      if (words === undefined || switchesOf(words).join() !== switches.toSorted().join()) continue;
      return { path: workflow.path, inputs: (values) => fill(workflow, words, values) };
    }
  }
  return undefined;
}

/** The words after `trunkline <command>`, each either the text itself or the name of the dispatch input it comes from. */
function commandWords(step: StepFacts, command: string): readonly Word[] | undefined {
  const pattern = new RegExp(`(?:^|[\\s;&|(])trunkline\\s+${command.replaceAll(' ', '\\s+')}(?=\\s|$)(.*)`);
  const line = step.run
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((text) => pattern.exec(text)?.[1])
    .find((text) => text !== undefined);
  return (
    line?.match(/\$\{\{.*?\}\}|"[^"]*"|'[^']*'|[^\s"']+(?:"[^"]*")?/g)?.map((text) => readWord(text, step)) ??
    (line === undefined ? undefined : [])
  );
}

type Word = { readonly text: string } | { readonly input: string };

/** Options without a value, sorted. */
function switchesOf(words: readonly Word[]): readonly string[] {
  const isOption = (word: Word | undefined): boolean =>
    word !== undefined && 'text' in word && word.text.startsWith('-');
  return words
    .flatMap((word, index) => {
      const next = words[index + 1];
      return 'text' in word && isOption(word) && (next === undefined || isOption(next)) ? [word.text] : [];
    })
    .toSorted();
}

function readWord(quoted: string, step: StepFacts): Word {
  const text = quoted.replaceAll(/["']/g, '');
  const variable = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?$/.exec(text)?.[1];
  const value = variable === undefined ? text : (step.env[variable] ?? text);
  const input = /^\$\{\{\s*(?:inputs|github\.event\.inputs)\.([A-Za-z_][\w-]*)\s*\}\}$/.exec(value)?.[1];
  return input === undefined ? { text: value } : { input };
}

function fill(workflow: WorkflowFacts, words: readonly Word[], values: CommandValues): Record<string, string> {
  const filled: Record<string, string> = {};
  let position = 0;
  let option: string | undefined;
  for (const word of words) {
    if ('text' in word && word.text.startsWith('-')) {
      option = word.text;
      continue;
    }
    const place = option ?? String(position++);
    option = undefined;
    const value = values[place];
    if ('input' in word && value !== undefined) filled[word.input] = value;
  }
  for (const [name, input] of Object.entries(workflow.inputs)) {
    if (filled[name] === undefined && input.required && input.default === undefined) {
      filled[name] =
        input.options[0] ?? (input.type === 'boolean' ? 'false' : input.type === 'number' ? '1' : 'rehearsal');
    }
  }
  return filled;
}
