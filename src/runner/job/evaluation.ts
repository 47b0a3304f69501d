import { evaluate, evaluateCondition } from '../../expression/evaluate.ts';
import type { Functions, Template } from '../../expression/template.ts';
import { hashFiles } from './hash-files.ts';

/** What an expression sees: contexts by name, and how things stand for the status functions. */
export interface Evaluation {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly status: StatusFunctions;
  /** For hashFiles(); absent where there is no workspace. */
  readonly workspace?: string;
}

export interface StatusFunctions {
  success(): boolean;
  failure(): boolean;
  cancelled(): boolean;
}

/** For places where GitHub has no status functions: they never get that far in a checked workflow. */
export const noStatus: StatusFunctions = { success: () => true, failure: () => false, cancelled: () => false };

/** The template's value: text, number, boolean, null, list or mapping. */
export function evaluateValue(template: Template | undefined, evaluation: Evaluation): unknown {
  if (template === undefined) return undefined;
  return evaluate(template, evaluation.contexts, { ...statusCalls(evaluation.status), ...fileCalls(evaluation) });
}

/** Whether an `if` holds, with the implicit `success() &&`. */
export function evaluateIf(condition: Template, evaluation: Evaluation): boolean {
  return evaluateCondition(condition, evaluation.contexts, {
    status: evaluation.status,
    functions: fileCalls(evaluation),
  });
}

function statusCalls(status: StatusFunctions): Functions {
  return {
    success: () => status.success(),
    failure: () => status.failure(),
    cancelled: () => status.cancelled(),
    always: () => true,
  };
}

function fileCalls({ workspace }: Evaluation): Functions {
  if (workspace === undefined) return {};
  return { hashFiles: (...patterns) => hashFiles(workspace, patterns.map(String)) };
}

/** As text; undefined where the template is absent or null. */
export function evaluateText(template: Template | undefined, evaluation: Evaluation): string | undefined {
  const value = evaluateValue(template, evaluation);
  return value === undefined || value === null ? undefined : String(value);
}

/** A mapping of texts: `env`, `with`, `outputs`. Null becomes the empty string. */
export function evaluateTexts(template: Template | undefined, evaluation: Evaluation): Record<string, string> {
  const value = evaluateValue(template, evaluation);
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('A mapping was expected');
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, textOf(entry)]));
}

/** Text as GitHub converts values: null is empty, numbers and booleans as written. */
export function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

/** Truth as expressions have it: false, 0, NaN, null and the empty string are false. */
export function truthy(value: unknown): boolean {
  return Boolean(value);
}
