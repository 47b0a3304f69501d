import { commands } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { fail } from './print/fail.ts';
import { processPorts } from './process-ports.ts';

// The lab starts this command without Node's own variables, each of which costs it time; its children get them back.
for (const name of ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']) {
  const kept = process.env[`TRUNKLINE_LAB_${name}`];
  if (kept !== undefined && kept !== '') process.env[name] = kept;
}

const interruption = new AbortController();

function interrupt(signal: NodeJS.Signals): void {
  if (interruption.signal.aborted) {
    // Asked twice: whoever holds processes ends them in their `exit` handlers, nobody is waited for.
    process.exit(130);
  }
  if (process.stderr.isTTY === true) process.stderr.write('\nending… (again to end at once)\n');
  interruption.abort(new Error(`interrupted by ${signal}`));
}
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

// The reader of a pipe may go away (`trunkline status | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const words = process.argv.slice(2);
const ports = processPorts(interruption.signal);

// What nobody waited for went wrong: it is said as any failure is, and whoever holds processes or folders lets go.
process.on('uncaughtException', (error) => process.exit(fail(error, words, ports)));

dispatch(words, commands, ports).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => process.exit(fail(error, words, ports)),
);
