import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git } from '../../src/git/git.ts';
import { type ExampleName, makeExamplePair } from '../../src/lab/scenarios/example-pair.ts';
import type { Rehearsal } from '../../src/lab/scenarios/rehearse.ts';
import { rehearsePair, root } from './rehearse-pair.ts';

/** A line of the application's trunkline.yaml that needs a program which is not on this machine. */
export interface Missing {
  readonly program: string;
  readonly line: RegExp;
}

/**
 * Rehearses an example. What needs a program that is not here is taken out of its trunkline.yaml, said, and its workflows
 * are generated anew, so that the rest is rehearsed.
 */
export async function rehearseExample(
  name: ExampleName,
  folder: string,
  missing: readonly Missing[] = [],
): Promise<Rehearsal> {
  const { app, infra, spoil, flaws } = await makeExamplePair(root, folder, 'acme', name);
  if (missing.length > 0) await leaveOut(name, app, missing);
  return rehearsePair({ app, infra, spoil, flaws });
}

/** Takes out what needs a program that is not here, and says so. */
export async function leaveOut(name: string, app: string, missing: readonly Missing[]): Promise<void> {
  await changeConfig(app, 'Leave out what cannot run here', (before) => {
    let text = before;
    for (const { program, line } of missing) {
      if (!line.test(text)) throw new Error(`${name}: nothing needs ${program}`);
      process.stderr.write(
        `examples/${name}: ${program} is not on this machine; without it: ${line.exec(text)?.[0].trim()}\n`,
      );
      text = text.replace(line, '');
    }
    return text;
  });
}

/** Changes the trunkline.yaml of a repository, generates its workflows anew and commits all of it. */
export async function changeConfig(folder: string, why: string, edit: (text: string) => string): Promise<void> {
  const path = join(folder, 'trunkline.yaml');
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
  await promisify(execFile)(process.execPath, [join(root, 'dist/trunkline.js'), 'generate'], { cwd: folder });
  const options = { cwd: folder, isolated: true };
  await git(['add', '--all'], options);
  await git(['-c', 'user.name=a', '-c', 'user.email=a@acme.test', 'commit', '--quiet', '-m', why], options);
}
