import type { Location } from '../errors.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A value of a workflow or action file that may hold `${{ }}`, with its place: plain data, evaluated by `evaluate`. */
export type Template = LiteralTemplate | ExpressionTemplate | SequenceTemplate | MappingTemplate;

export interface LiteralTemplate {
  readonly kind: 'literal';
  readonly value: string | number | boolean | null;
  readonly at: Location;
}

export interface ExpressionTemplate {
  readonly kind: 'expression';
  /** Without `${{` and `}}`; text around expressions is folded into one `format('…')`. */
  readonly expression: string;
  readonly at: Location;
}

export interface SequenceTemplate {
  readonly kind: 'sequence';
  readonly items: readonly Template[];
  readonly at: Location;
}

export interface MappingTemplate {
  readonly kind: 'mapping';
  readonly entries: readonly TemplateEntry[];
  readonly at: Location;
}

export interface TemplateEntry {
  /** `insert` stands for `${{ insert }}`: the value's own entries take its place. */
  readonly key: LiteralTemplate | ExpressionTemplate | 'insert';
  readonly value: Template;
}

/** Contexts by name (`github`, `env`, …): JSON-like values. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What an expression may call besides GitHub's own functions: `success`, `hashFiles`. Arguments and answer are JSON. */
export type Functions = Readonly<Record<string, (...args: readonly JsonValue[]) => unknown>>;

/** The text of a literal; undefined where the template holds an expression or is no scalar. */
export function literalText(template: Template | undefined): string | undefined {
  if (template?.kind !== 'literal') return undefined;
  return template.value === null ? '' : String(template.value);
}

/** Whether any part of the template is an expression. */
export function hasExpression(template: Template | undefined): boolean {
  switch (template?.kind) {
    case 'expression':
      return true;
    case 'sequence':
      return template.items.some(hasExpression);
    case 'mapping':
      return template.entries.some(
        ({ key, value }) => key === 'insert' || key.kind === 'expression' || hasExpression(value),
      );
    default:
      return false;
  }
}

/** The value of a mapping's literal key, compared without case. */
export function entryOf(template: Template | undefined, key: string): Template | undefined {
  if (template?.kind !== 'mapping') return undefined;
  return template.entries.find((entry) => entry.key !== 'insert' && literalText(entry.key)?.toLowerCase() === key)
    ?.value;
}
