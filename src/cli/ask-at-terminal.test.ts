import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askAtTerminal } from './ask-at-terminal.ts';

async function typed(keys: string): Promise<{ answer?: string; interrupts: number }> {
  const input = new PassThrough();
  const interruption = new AbortController();
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts += 1;
  };
  const asked = askAtTerminal('Which? ', {
    input,
    output: new PassThrough(),
    interrupted: interruption.signal,
    interrupt,
  });
  input.write(keys);
  return asked.then(
    (answer) => ({ answer, interrupts }),
    () => ({ interrupts }),
  );
}

test('a line is the answer, and Ctrl-C and Ctrl-D end the command', async () => {
  expect(await typed('acme/infra\n')).toEqual({ answer: 'acme/infra', interrupts: 0 });
  expect(await typed('acme\u0003')).toEqual({ interrupts: 1 });
  expect(await typed('\u0004')).toEqual({ interrupts: 1 });
});
