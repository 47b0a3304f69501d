import { createInterface } from 'node:readline/promises';

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly interrupted: AbortSignal;
  /** What Ctrl-C does while nothing is asked: a terminal that is read from key by key sends no signal. */
  readonly interrupt: () => void;
}

/** The line that somebody types; Ctrl-C and Ctrl-D end the command as they do elsewhere. */
export async function askAtTerminal(
  question: string,
  { input, output, interrupted, interrupt }: Terminal,
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true });
  try {
    return await lines.question(question, { signal: interrupted });
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError' && !interrupted.aborted) interrupt();
    throw error;
  } finally {
    lines.close();
  }
}
