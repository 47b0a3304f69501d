import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Resolves at the stream's end. A last line without line feed counts as a line. */
export async function readLines(
  stream: Readable,
  onLines: (lines: readonly string[]) => void,
  seen: () => void,
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const emit = (text: string): void => {
    const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    onLines(lines);
  };
  stream.on('data', (chunk: Buffer) => {
    seen();
    const text = decoder.write(chunk);
    const cut = text.lastIndexOf('\n');
    if (cut < 0) {
      rest += text;
      return;
    }
    emit(rest + text.slice(0, cut));
    rest = text.slice(cut + 1);
  });
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });
  rest += decoder.end();
  if (rest !== '') emit(rest);
}
