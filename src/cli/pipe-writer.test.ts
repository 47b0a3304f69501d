import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';

/** Writes through `pipeWriter` in a process of its own, whose standard output is a pipe or a socket. */
const program = `
import { pipeWriter, isPipe } from ${JSON.stringify(new URL('./pipe-writer.ts', import.meta.url).pathname)};
const write = pipeWriter(process.stdout);
if (!isPipe(process.stdout)) throw new Error('no pipe');
for (let n = 1; n <= 200_000; n += 1) write('line ' + n + '\\n');
process.stderr.write('rss ' + process.resourceUsage().maxRSS);
`;

test('a reader who is late gets everything, in order, and nothing is kept for them', async () => {
  const { build } = await import('rolldown');
  const { output } = await build({
    input: 'program.js',
    write: false,
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'text',
        resolveId: (id) => (id === 'program.js' ? id : null),
        load: (id) => (id === 'program.js' ? program : null),
      },
    ],
  });
  const child = spawn(process.execPath, ['--input-type=module', '-e', output[0].code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await delay(300);
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const lines = out.split('\n').slice(0, -1);
  expect(lines.length, errors).toBe(200_000);
  expect(lines.every((line, index) => line === `line ${index + 1}`)).toBe(true);
});
