import { wakeAgent } from '../../../deploy/wake-agent.ts';
import { runGit } from '../../../git/git.ts';
import { appendSummary, setOutput } from '../../../github/job-outputs.ts';
import type { Digest } from '../../../model/digest.ts';
import type { Environment } from '../../../model/environment.ts';
import type { Ports } from '../../../ports.ts';

/** What is to arrive. */
export interface AskedRelease {
  readonly service: string;
  readonly pin: { readonly digest: Digest };
}

/** An agent deploys by itself; it is asked to look now. What became of it is `ci health`'s to tell. */
export async function askAgent(
  ports: Ports,
  { repository }: { readonly repository: string },
  { name, pull }: Environment,
  {
    commit,
    branch,
    wanted,
  }: { readonly commit: string; readonly branch: string; readonly wanted: readonly AskedRelease[] },
  { json }: { readonly json?: boolean },
): Promise<void> {
  const changed = await runGit(['diff', '--name-only', '-z', `${commit}^`, commit], { cwd: ports.cwd, accept: [128] });
  const parent = await runGit(['rev-parse', '--verify', '--quiet', `${commit}^`], { cwd: ports.cwd, accept: [1, 128] });
  const modified = changed.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  const before = parent.stdout.toString('utf8').trim() || '0'.repeat(40);
  const asked =
    wanted.length === 0 ? 'nothing changed' : await wakeAgent(ports, { repository, branch, commit, before, modified });
  const services = wanted.map(({ service, pin }) => ({ service, digest: pin.digest }));
  if (json === true)
    ports.stdout.write(`${JSON.stringify({ environment: name, by: pull?.by, services, asked }, undefined, 2)}\n`);
  else ports.stdout.write(`${name}: ${asked}\n`);
  setOutput(ports, 'failed', '');
  appendSummary(ports, `- ${name}: ${asked}`);
}
