import type { ObjectReader } from '@actions/workflow-parser/templates/object-reader';
import {
  BooleanToken,
  type LiteralToken,
  MappingToken,
  NullToken,
  NumberToken,
  SequenceToken,
  StringToken,
} from '@actions/workflow-parser/templates/tokens/index';
import type { TokenRange } from '@actions/workflow-parser/templates/tokens/token-range';
import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Scalar } from 'yaml';
import { formatNumber } from '../expression/format-number.ts';
import type { Limits, Usage } from './limits.ts';
import { readDocument, type YamlFault } from './yaml-document.ts';
import { readScalar, type WrittenScalar } from './yaml-scalar.ts';

type Event =
  | { readonly kind: 'literal'; readonly token: LiteralToken }
  | { readonly kind: 'sequence'; readonly token: SequenceToken }
  | { readonly kind: 'mapping'; readonly token: MappingToken }
  | { readonly kind: 'end' };

/**
 * Hands a YAML file to GitHub's template reader as GitHub's own reader does (actions/runner, YamlObjectReader.cs): types
 * by the core schema, aliases replayed, keys of any scalar type, limits kept. Scalars come without their source, which
 * the template reader would take for their value where they span lines.
 */
export class YamlReader implements ObjectReader {
  readonly faults: readonly YamlFault[];
  readonly #file: number;
  readonly #limits: Limits;
  readonly #usage: Usage;
  readonly #lines: LineCounter;
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  readonly #events: Iterator<Event>;
  #current: IteratorResult<Event> | undefined;
  #depth = 0;
  #nodes = 0;

  constructor(file: number, text: string, limits: Limits, usage: Usage) {
    this.#file = file;
    this.#limits = limits;
    this.#usage = usage;
    this.#text = text;
    const { contents, lines, faults } = readDocument(text);
    this.faults = faults;
    this.#lines = lines;
    this.#events = this.#read(contents);
  }

  allowLiteral(): LiteralToken | undefined {
    const event = this.#peek();
    if (event?.kind !== 'literal') return undefined;
    this.#next();
    return event.token;
  }

  allowSequenceStart(): SequenceToken | undefined {
    const event = this.#peek();
    if (event?.kind !== 'sequence') return undefined;
    this.#enter();
    return event.token;
  }

  allowSequenceEnd(): boolean {
    return this.#leave();
  }

  allowMappingStart(): MappingToken | undefined {
    const event = this.#peek();
    if (event?.kind !== 'mapping') return undefined;
    this.#enter();
    return event.token;
  }

  allowMappingEnd(): boolean {
    return this.#leave();
  }

  validateStart(): void {
    this.#next();
  }

  validateEnd(): void {
    if (this.#peek() !== undefined) throw new Error('Expected end of parse events');
  }

  #peek(): Event | undefined {
    return this.#current?.done === false ? this.#current.value : undefined;
  }

  #next(): void {
    this.#current = this.#events.next();
  }

  #enter(): void {
    if (this.#depth >= this.#limits.depth) throw new Error('Maximum object depth exceeded');
    this.#depth += 1;
    this.#next();
  }

  #leave(): boolean {
    if (this.#peek()?.kind !== 'end') return false;
    this.#depth -= 1;
    this.#next();
    return true;
  }

  /** Lazily, so that an alias within itself ends at the limit of depth. */
  *#read(node: unknown): Generator<Event> {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) throw new Error('Maximum YAML nodes exceeded');
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) throw new Error(`Unknown anchor '${node.source}'`);
      yield* this.#read(target);
      return;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    if (isMap(node)) {
      this.#usage.add(24);
      yield { kind: 'mapping', token: new MappingToken(this.#file, this.#range(node), undefined) };
      for (const { key, value } of node.items) {
        yield* this.#read(key);
        yield* this.#read(value);
      }
      yield { kind: 'end' };
    } else if (isSeq(node)) {
      this.#usage.add(24);
      yield { kind: 'sequence', token: new SequenceToken(this.#file, this.#range(node), undefined) };
      for (const item of node.items) yield* this.#read(item);
      yield { kind: 'end' };
    } else {
      yield { kind: 'literal', token: this.#literal(isScalar(node) ? node : undefined) };
    }
  }

  #literal(node: Scalar | undefined): LiteralToken {
    const range = this.#range(node);
    const value = node === undefined ? null : readScalar(this.#written(node, range));
    this.#usage.addScalar(value);
    if (typeof value === 'string') return new StringToken(this.#file, range, value, undefined);
    if (typeof value === 'number') return new WrittenNumber(this.#file, range, value, undefined);
    if (typeof value === 'boolean') return new BooleanToken(this.#file, range, value, undefined);
    return new NullToken(this.#file, range, undefined);
  }

  /** Tags and anchors belong to the node, as at GitHub. */
  #range(node: Node | undefined): TokenRange | undefined {
    const [start, end] = node?.range ?? [];
    if (start === undefined || end === undefined) return undefined;
    const [from, to] = [this.#lines.linePos(start - this.#marks(node, start)), this.#lines.linePos(end)];
    return { start: { line: from.line, column: from.col }, end: { line: to.line, column: to.col } };
  }

  /** How far before a node its tag and anchor begin. */
  #marks(node: Node | undefined, start: number): number {
    const marked = isScalar(node) || isMap(node) || isSeq(node);
    if (!marked || (node.tag === undefined && node.anchor === undefined)) return 0;
    return /(?:[!&]\S*\s+)+$/.exec(this.#text.slice(Math.max(0, start - 200), start))?.[0].length ?? 0;
  }

  #written(node: Scalar, range: TokenRange | undefined): WrittenScalar {
    const style = styles[node.type ?? 'PLAIN'] ?? 'Plain';
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    // A block that the file ends within has no line break at its end where the file has none.
    const open = (style === 'Literal' || style === 'Folded') && (node.range?.[1] ?? 0) >= this.#text.length;
    return {
      text: open && !this.#text.endsWith('\n') ? text.replace(/\n$/, '') : text,
      style,
      line: range?.start.line ?? 1,
      column: range?.start.column ?? 1,
      ...(node.tag === undefined ? {} : { tag: node.tag }),
    };
  }
}

/** Where a text is wanted, a number becomes what .NET writes. */
class WrittenNumber extends NumberToken {
  override toString(): string {
    return formatNumber(this.value);
  }
}

const styles: Readonly<Record<string, WrittenScalar['style']>> = {
  PLAIN: 'Plain',
  QUOTE_SINGLE: 'SingleQuoted',
  QUOTE_DOUBLE: 'DoubleQuoted',
  BLOCK_LITERAL: 'Literal',
  BLOCK_FOLDED: 'Folded',
};
