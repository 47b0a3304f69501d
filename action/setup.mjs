// Puts a `trunkline` launcher on the PATH of the job's later steps. It starts the command with the Node that runs this
// action, so that nothing need be installed, whatever Node the job itself uses.
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'trunkline.js');
if (!existsSync(main)) {
  process.stdout.write(`::error::expected the built command at ${main}: use a released version of this action\n`);
  process.exit(1);
}
const pathFile = process.env.GITHUB_PATH;
if (!pathFile) {
  process.stdout.write('::error::expected GITHUB_PATH: this action runs inside a job only\n');
  process.exit(1);
}
const temp = process.env.RUNNER_TEMP || tmpdir();
mkdirSync(temp, { recursive: true });
const folder = mkdtempSync(join(temp, 'trunkline-'));
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
if (process.platform === 'win32') {
  writeFileSync(join(folder, 'trunkline.cmd'), `@"${process.execPath}" "${main}" %*\r\n`);
} else {
  const launcher = join(folder, 'trunkline');
  writeFileSync(launcher, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(main)} "$@"\n`);
  chmodSync(launcher, 0o755);
}
appendFileSync(pathFile, `${folder}\n`);
