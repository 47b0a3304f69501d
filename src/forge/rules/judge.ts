import type { Forge } from '../forge.ts';
import type { RefUpdateQuestion, ViolationKind } from './evaluate-ref-update.ts';
import type { History } from './history.ts';

export interface Judgement {
  readonly forge: Forge;
  readonly question: RefUpdateQuestion;
  readonly history: History;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Finding {
  readonly kind: ViolationKind;
  readonly message: string;
}

/** What a rule has against an update; empty when nothing. */
export type Judge = (judgement: Judgement) => Promise<readonly Finding[]> | readonly Finding[];
