import { ExpressionError } from '@actions/expressions/errors';
import { FeatureFlags } from '@actions/expressions/features';
import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context';
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { TokenRange } from '@actions/workflow-parser/templates/tokens/token-range';
import { isString } from '@actions/workflow-parser/templates/tokens/type-guards';
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
import type { Problem } from '../errors.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { githubLimits, type Limits, Usage } from './limits.ts';
import { actionSchema, workflowSchema } from './schemas.ts';
import { isTooLong } from './too-long.ts';
import { YamlReader } from './yaml-reader.ts';

/** A file as the template reader left it; no root where it is no YAML. */
export interface LoadedTokens {
  readonly context: ProblemContext;
  readonly root: TemplateToken | undefined;
}

/**
 * Reads a file by GitHub's schema. What is wrong with it is in `context.problems()`.
 * @param usage counts over all files of a run
 */
export function loadTokens(
  source: { readonly path: string; readonly text: string },
  kind: 'workflow' | 'action',
  limits: Limits = githubLimits,
  usage: Usage = new Usage(limits),
): LoadedTokens {
  const schema = kind === 'workflow' ? workflowSchema() : actionSchema();
  const context = new ProblemContext(source.path, new TemplateValidationErrors(), schema, new NoOperationTraceWriter());
  // Generally available since June 2026; the package still has them behind its flag.
  context.state['featureFlags'] = new FeatureFlags({ allowBackgroundSteps: true });
  const file = context.getFileId(source.path);
  if (source.text.length > limits.fileSize) {
    context.error(file, new Error(`The maximum file size of ${limits.fileSize} characters has been exceeded`));
    return { context, root: undefined };
  }
  const reader = new YamlReader(file, source.text, limits, usage);
  // As at GitHub, the first fault ends the reading.
  const [fault] = reader.faults;
  if (fault !== undefined) {
    const place = { line: fault.line, column: fault.column };
    context.error(file, new Error(fault.message), { start: place, end: place });
    return { context, root: undefined };
  }
  const root = readTemplate(context, kind === 'workflow' ? 'workflow-root-strict' : 'action-root', reader, file);
  return { context, root };
}

/** Collects problems with GitHub's places and words. */
export class ProblemContext extends TemplateContext {
  readonly #path: string;
  readonly #problems: Problem[] = [];

  constructor(path: string, ...rest: ConstructorParameters<typeof TemplateContext>) {
    super(...rest);
    this.#path = path;
  }

  override error(place: TemplateToken | number | undefined, error: unknown, range?: TokenRange): void {
    const token = typeof place === 'object' ? place : undefined;
    const start = token?.range?.start ?? range?.start;
    this.#problems.push({
      code: 'WORKFLOW_INVALID',
      message: message(error, token),
      location: { file: this.#path, ...(start === undefined ? {} : { line: start.line, column: start.column }) },
    });
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }
}

function message(error: unknown, token: TemplateToken | undefined): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text === 'ErrorExceededMaxLength') return isTooLong;
  if (!(error instanceof ExpressionError) || token === undefined) return text;
  return located(text, token) ?? text;
}

/** The package leaves out where in the expression the fault is; GitHub says it. */
function located(text: string, token: TemplateToken): string | undefined {
  const { namedContexts, functions } = splitAllowedContext(token.definitionInfo?.allowedContext ?? []);
  const source = isString(token) ? token.value : 'expression' in token ? String(token.expression) : '';
  const parts = [...source.matchAll(/\$\{\{((?:'[^']*'|(?!\}\})[^'])*)\}\}/g)].map((match) => match[1] ?? '');
  for (const part of parts.length === 0 ? [source] : parts) {
    try {
      parseExpression(part.trim(), namedContexts, functions);
    } catch (error) {
      const early = text === "Unexpected symbol: 'EOF'";
      if (error instanceof Error && (early || error.message.startsWith(text))) return error.message;
    }
  }
  return undefined;
}
