import { TrunklineError } from '../../../errors.ts';
import { wellKnown } from '../../../manifest/replace/replacement.ts';
import type { Ports } from '../../../ports.ts';

type Env = Ports['env'];

/** Inputs that are texts, by the names under which they were published. */
export const textInputs = [
  'mappings',
  'directory',
  'updated_file_suffix',
  'register_custom_regexes',
  'register_custom_variables',
  'commit_template',
  'committer_name',
  'committer_email',
  ...wellKnown.flatMap((name) => [name, `${name}_regex`] as const),
] as const;
export const switchInputs = [
  'dump',
  'commit',
  'if_no_match_fail',
  'if_well_known_vars_missing_fail',
  'skip_regexes_autodetect',
  'skip_variables_autodetect',
  'compat',
] as const;

export type TextInput = (typeof textInputs)[number];
export type SwitchInput = (typeof switchInputs)[number];

/** Options as commander names them: `docker_image_tag` is `dockerImageTag`. */
export type ReplaceOptions = Readonly<Record<string, string | boolean | undefined>>;

/** What was said, by option first, then by INPUT_… as Actions sets it; a well-known one also by its bare name. */
export class ReplaceInputs {
  readonly #options: ReplaceOptions;
  readonly #env: Env;

  constructor(options: ReplaceOptions, env: Env) {
    this.#options = options;
    this.#env = env;
  }

  /** Undefined for nothing or an empty text. */
  text(name: TextInput): string | undefined {
    const said = this.#options[camel(name)];
    const value = typeof said === 'string' ? said : inputOf(this.#env, name);
    const bare = value ?? (wellKnown.some((one) => name.startsWith(one)) ? this.#env[name.toUpperCase()] : undefined);
    return bare === undefined || bare.trim() === '' ? undefined : bare;
  }

  /** @throws INPUT_INVALID for anything but 1, true, 0, false and nothing */
  on(name: SwitchInput): boolean {
    if (this.#options[camel(name)] === true) return true;
    const value = (inputOf(this.#env, name) ?? '').trim();
    if (/^(?:1|true)$/i.test(value)) return true;
    if (/^(?:0|false|)$/i.test(value)) return false;
    throw new TrunklineError('INPUT_INVALID', `expected 1 or 0 for ${name}, found ${JSON.stringify(value)}`);
  }

  /** Every variable by lower-case name; the later one of a name wins. @throws INPUT_INVALID for one that is registered and not set */
  variables(): ReadonlyMap<string, string> {
    const found = new Map([
      ['__true__', '1'],
      ['__always__', '1'],
    ]);
    for (const name of wellKnown) {
      const value = this.text(name)?.trim();
      if (value !== undefined) found.set(name, value);
    }
    if (!this.on('skip_variables_autodetect')) for (const [name, value] of this.#ending('_VAR')) found.set(name, value);
    for (const name of this.#registered('register_custom_variables')) found.set(name, this.#required(name));
    return found;
  }

  /** Every regular expression by lower-case name. Errors as `variables`. */
  patterns(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const one of wellKnown) {
      const value = this.text(`${one}_regex`);
      if (value !== undefined) found.set(`${one}_regex`, value);
    }
    if (!this.on('skip_regexes_autodetect'))
      for (const [name, value] of this.#ending('_REGEX'))
        if (!found.has(`${name}_regex`)) found.set(`${name}_regex`, value);
    for (const name of this.#registered('register_custom_regexes')) found.set(name, this.#required(name));
    return found;
  }

  /** Variables of the environment with this ending, which is cut off; in the order of their names. */
  #ending(suffix: string): readonly (readonly [string, string])[] {
    return Object.entries(this.#env)
      .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '' && pair[0].endsWith(suffix))
      .map(
        ([key, value]) =>
          [
            key
              .slice(0, -suffix.length)
              .replace(/^INPUT_/, '')
              .toLowerCase(),
            value,
          ] as const,
      )
      .filter(([name]) => name !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #registered(name: 'register_custom_regexes' | 'register_custom_variables'): readonly string[] {
    const names = (this.text(name) ?? '').split(',').map((one) => one.trim().toLowerCase());
    return names.filter((one) => one !== '');
  }

  #required(name: string): string {
    const value = this.#env[name.toUpperCase()] ?? inputOf(this.#env, name) ?? this.#env[name];
    if (value !== undefined) return value;
    throw new TrunklineError('INPUT_INVALID', `expected ${name.toUpperCase()} in the environment, found none`, {
      hint: 'it is registered: set it under `env:` of the step',
    });
  }
}

function inputOf(env: Env, name: string): string | undefined {
  const upper = name.toUpperCase();
  return env[`INPUT_${upper}`] ?? env[`INPUT_${upper.replaceAll('_', '-')}`];
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
