import type { Template } from '../expression/template.ts';
import type { Step } from './model.ts';

/** An action.yml. */
export interface Action {
  readonly name: string;
  readonly inputs: Readonly<Record<string, ActionInput>>;
  readonly outputs: Readonly<Record<string, ActionOutput>>;
  readonly runs: Runs;
}

export interface ActionInput {
  readonly required: boolean;
  readonly description?: string;
  /** A default of null is the empty text, as on GitHub. */
  readonly default?: Template;
  readonly deprecationMessage?: string;
}

export interface ActionOutput {
  readonly description?: string;
  /** Composite actions only. */
  readonly value?: Template;
}

export type Runs =
  | {
      readonly using: 'node';
      /** The major version it asks for: 20, 24. */
      readonly version: number;
      readonly main: string;
      readonly pre?: string;
      /** Absent: always. */
      readonly preIf?: Template;
      readonly post?: string;
      /** Absent: always. */
      readonly postIf?: Template;
    }
  | { readonly using: 'composite'; readonly steps: readonly Step[] }
  | {
      readonly using: 'docker';
      readonly image: string;
      readonly args?: Template;
      readonly env?: Template;
      readonly entrypoint?: string;
      readonly preEntrypoint?: string;
      readonly preIf?: Template;
      readonly postEntrypoint?: string;
      readonly postIf?: Template;
    };
