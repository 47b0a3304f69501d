import { expect, test } from 'vitest';
import { formatCommand, parseCommand } from './workflow-commands.ts';

const parse = (line: string): unknown => {
  const command = parseCommand(line, (name) => name === 'do-something');
  return command === undefined ? undefined : [command.name, Object.fromEntries(command.properties), command.data];
};

// Beside the tables of GitHub's runner (src/runner/job/runner-tables.test.ts).
test.each([
  ['##[do-something k1=v1;]msg', ['do-something', { k1: 'v1' }, 'msg']],
  ['##[do-something]', ['do-something', {}, '']],
  ['##[do-something k1=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D', ['do-something', { k1: ';=\r=\n=]' }, ';-\r-\n-]']],
  ['##[do-something k1=%253B=%250D=%250A=%255D;]%253B-%255D', ['do-something', { k1: '%3B=%0D=%0A=%5D' }, '%3B-%5D']],
  ['##[do-something k1=;k2=;]', ['do-something', {}, '']],
  ['>>>   ##[do-something k1=v1;]msg', ['do-something', { k1: 'v1' }, 'msg']],
  ['::do-something k1=v1,::msg', ['do-something', { k1: 'v1' }, 'msg']],
  ['::do-something::', ['do-something', {}, '']],
  [
    '::do-something k1=;=%2C=%0D=%0A=]=%3A,::;-%0D-%0A-]-:-,',
    ['do-something', { k1: ';=,=\r=\n=]=:' }, ';-\r-\n-]-:-,'],
  ],
  ['::do-something k1=%252C=%253A,::%250D', ['do-something', { k1: '%2C=%3A' }, '%0D']],
  ['::do-something k1=,k2=,::', ['do-something', {}, '']],
  ['   ::do-something k1=v1,::msg', ['do-something', { k1: 'v1' }, 'msg']],
  ['   >>>   ::do-something k1=v1,::msg', undefined],
  ['::something-else::msg', undefined],
  ['::do-something', undefined],
  ['::DO-Something::x', ['do-something', {}, 'x']],
])('reads %s', (line, expected) => {
  expect(parse(line)).toEqual(expected);
});

test('what is written is read back', () => {
  const line = formatCommand('error', '100% of a\nb\r', { file: 'a,b:c.ts', line: 3, title: undefined });
  expect(line).toBe('::error file=a%2Cb%3Ac.ts,line=3::100%25 of a%0Ab%0D');
  const command = parseCommand(line);
  expect(command?.data).toBe('100% of a\nb\r');
  expect(command?.properties.get('file')).toBe('a,b:c.ts');
});
