import { expect, test } from 'vitest';
import { formatFileCommand, parseFileCommands } from './file-commands.ts';

const read = (text: string): Record<string, string> => Object.fromEntries(parseFileCommands(text));

// Beside the tables of GitHub's runner (src/runner/job/runner-tables.test.ts).
test.each([
  ['', {}],
  ['\uFEFFA=b', { A: 'b' }],
  ['A=MY VALUE', { A: 'MY VALUE' }],
  ['\nA=one\n\nB=two\n\n', { A: 'one', B: 'two' }],
  ['A=\nB=', { A: '', B: '' }],
  ['A==abc\nB=def=ghi\nC=jkl=', { A: '=abc', B: 'def=ghi', C: 'jkl=' }],
  ['A<<EOF\none\ntwo\n\nthree\nEOF', { A: 'one\ntwo\n\nthree' }],
  ['A<<EOF\nEOF\n', { A: '' }],
  ['\nA<<EOF\nhello\nworld\nEOF\n\nB<<EOF\nx\nEOF\n', { A: 'hello\nworld', B: 'x' }],
  ['A<<=EOF\nhello\n=EOF\nB<<<EOF\ntwo\n<EOF\n', { A: 'hello', B: 'two' }],
  ['A<<EOF\nhello\n\nthree\n\nEOF\n', { A: 'hello\n\nthree\n' }],
  ['A<<EOF\n EOF\nEOF\n', { A: ' EOF' }],
  ['A=x<<EOF', { A: 'x<<EOF' }],
])('reads %j', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['A<<EOF\none\ntwo\n', 'Matching delimiter not found'],
  ['A<<EOF one', 'Matching delimiter not found'],
  ['A<<EOF\none', 'EOF marker missing new line'],
  ['<<EOF\nEOF\n', 'Name must not be empty'],
  ['A<<\n', 'delimiter must not be empty'],
  ['no assignment', "Invalid format 'no assignment'"],
])('refuses %j', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('what is written is read back', () => {
  const value = 'a=b\n<<EOF\n\nEOF';
  expect(read(formatFileCommand('X', value, '1234'))).toEqual({ X: value });
  expect(() => formatFileCommand('X', 'ghadelimiter_1234', '1234')).toThrow('delimiter');
});
