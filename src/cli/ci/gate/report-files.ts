import { createReadStream, existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import { type Report, reportInvalid } from '../../../report/report.ts';

/** Reports by their paths; each must be a file that is there. @throws NOT_FOUND */
export function reportFiles(paths: readonly string[], { cwd }: Pick<Ports, 'cwd'>): readonly Report[] {
  return paths.map((file) => {
    const path = resolve(cwd, file);
    if (!existsSync(path) || !statSync(path).isFile())
      throw new TrunklineError('NOT_FOUND', `expected a report in ${file}, found no such file`, {
        hint: 'a gate passes nothing that it cannot read: let the step that writes the report run before it, also when it fails',
      });
    return { file, open: () => textOf(file, path) };
  });
}

async function* textOf(file: string, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    if (error instanceof TypeError) throw reportInvalid({ file }, 'expected UTF-8, found other bytes');
    throw error;
  }
}
