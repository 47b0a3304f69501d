import * as data from '@actions/expressions/data/index';
import { formatNumber } from './format-number.ts';

export type Value = data.ExpressionData;

/** A number that becomes text as .NET writes it (`G15`), as on GitHub. */
export class NumberValue extends data.NumberData {
  override coerceString(): string {
    return formatNumber(this.value);
  }
}

/**
 * A mapping whose keys are any text (`constructor`, `__proto__`) in the order given. Without case unless told otherwise:
 * GitHub's `env` on Linux tells `a` from `A`. Values are converted when they are asked for.
 */
export class MappingValue extends data.Dictionary {
  readonly #caseSensitive: boolean;
  readonly #entries: readonly (readonly [string, () => Value])[];
  #index: Map<string, () => Value> | undefined;

  constructor(entries: Iterable<readonly [string, () => Value]>, caseSensitive = false) {
    super();
    this.#caseSensitive = caseSensitive;
    const unique = new Map<string, readonly [string, () => Value]>();
    // The first of keys that differ in case only wins, as in GitHub's dictionaries.
    for (const entry of entries) {
      const key = this.#fold(entry[0]);
      if (!unique.has(key)) unique.set(key, entry);
    }
    this.#entries = [...unique.values()];
  }

  #fold(key: string): string {
    return this.#caseSensitive ? key : key.toLowerCase();
  }

  override get(key: string): Value | undefined {
    this.#index ??= new Map(this.#entries.map(([name, value]) => [this.#fold(name), value]));
    return this.#index.get(this.#fold(key))?.();
  }

  override values(): Value[] {
    return this.#entries.map(([, value]) => value());
  }

  override pairs(): { key: string; value: Value }[] {
    return this.#entries.map(([key, value]) => ({ key, value: value() }));
  }
}

/** Converts JSON-like values; one object always becomes the same value, so that `==` on objects compares identity. */
export class Converter {
  readonly #known = new WeakMap<object, Value>();

  convert(value: unknown, caseSensitive = false): Value {
    switch (typeof value) {
      case 'string':
        return new data.StringData(value);
      case 'number':
        return new NumberValue(value);
      case 'boolean':
        return new data.BooleanData(value);
      case 'object':
        return value === null ? new data.Null() : this.#object(value, caseSensitive);
      default:
        return new data.Null();
    }
  }

  #object(value: object, caseSensitive: boolean): Value {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const made = Array.isArray(value) ? this.#array(value) : this.#mapping(value, caseSensitive);
    this.#known.set(value, made);
    return made;
  }

  #mapping(value: object, caseSensitive: boolean): Value {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    const lazy = entries.map(([key, entry]): readonly [string, () => Value] => {
      let made: Value | undefined;
      return [key, () => (made ??= this.convert(entry))];
    });
    return new MappingValue(lazy, caseSensitive);
  }

  #array(value: readonly unknown[]): Value {
    const array = new data.Array();
    for (const item of value) array.add(this.convert(item));
    return array;
  }
}
