import { actionsWords } from './words/actions-words.ts';
import { gitWords } from './words/git-words.ts';
import { hookWords } from './words/hook-words.ts';
import { identityWords } from './words/identity-words.ts';
import { pullWords } from './words/pull-words.ts';
import { ruleWords } from './words/rule-words.ts';
import type { Word, WordSource } from './words/word.ts';

/** GitHub's words, each with the mark of where it is known from; whatever the forge refuses, it refuses in these. */
export const words = {
  ...ruleWords,
  ...pullWords,
  ...hookWords,
  ...actionsWords,
  ...identityWords,
  ...gitWords,
} as const;

export interface SourcedWord {
  readonly name: string;
  readonly source: WordSource;
  readonly text: string;
}

/** The table as data: for the page that says what of it is not verified. */
export function allWords(): readonly SourcedWord[] {
  return Object.entries(words).map(([name, one]) => {
    const { source, example } = one as Word<never>;
    return { name, source, text: example };
  });
}

export function unverifiedWords(): readonly SourcedWord[] {
  return allWords().filter(({ source }) => source === 'K');
}
