import { onTestFailed } from 'vitest';

/** Prints a run's log should the test that it is run in fail: a conclusion alone does not say why. */
export function tellWhenFailed(log: string): void {
  try {
    onTestFailed(({ task }) => {
      process.stderr.write(`${task.name}: the log of its run ends with\n${log.split('\n').slice(-100).join('\n')}\n`);
    });
  } catch {
    // Made before the tests: it fails by itself, if at all.
  }
}
