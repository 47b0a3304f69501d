import { expect, test } from 'vitest';
import { actionsWords } from './words/actions-words.ts';
import { gitWords } from './words/git-words.ts';
import { hookWords } from './words/hook-words.ts';
import { identityWords } from './words/identity-words.ts';
import { pullWords } from './words/pull-words.ts';
import { ruleWords } from './words/rule-words.ts';
import { allWords, unverifiedWords } from './words.ts';

test('no part of the table hides a sentence of another', () => {
  const parts = [actionsWords, gitWords, hookWords, identityWords, pullWords, ruleWords];
  expect(allWords()).toHaveLength(parts.reduce((sum, part) => sum + Object.keys(part).length, 0));
});

test('every sentence reads whole, and those that nobody verified are known', () => {
  for (const { name, text } of allWords()) {
    expect(text, name).toMatch(/\S/);
    expect(text, name).not.toMatch(/undefined|\[object/);
  }
  const unverified = unverifiedWords();
  expect(unverified.length).toBeGreaterThan(0);
  expect(unverified.every(({ source }) => source === 'K')).toBe(true);
});
