import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { git } from '../../git/git.ts';
import type { Report } from '../../protocol/report.ts';
import type { JobRecord } from '../../protocol/run.ts';
import { tellWhenFailed } from '../../runner/testing/tell-when-failed.ts';
import { type Lab, type LabOptions, openLab } from '../lab.ts';

/** What a push started: jobs by name, and the log of all, without times. */
export interface BenchRun {
  readonly jobs: Readonly<Record<string, JobRecord>>;
  /** `name conclusion`, sorted. */
  readonly conclusions: readonly string[];
  readonly log: string;
  readonly logOf: (job: string) => string;
}

/** A lab with acme and alice, in which tests push workflows. */
export interface LabBench {
  readonly lab: Lab;
  readonly token: string;
  readonly home: string;
  /** Asks the API as alice; a status other than 2xx throws. */
  api(method: string, path: string, body?: unknown): Promise<ReturnType<typeof JSON.parse>>;
  /**
   * Pushes a workflow and files to main of acme's repository, and waits for all it starts. A new repository is made,
   * in which jobs may open pull requests.
   */
  push(name: string, workflow: string, files?: Readonly<Record<string, string>>): Promise<BenchRun>;
  close(): Promise<void>;
}

export async function openLabBench(options: Omit<LabOptions, 'ports'> = {}): Promise<LabBench> {
  const home = mkdtempSync(join(tmpdir(), 'lab-bench-'));
  const lab = await openLab({
    ports: {
      clock: { now: () => Date.now(), sleep: (ms) => setTimeout(ms) },
      random: (count) => randomBytes(count),
      env: process.env,
    },
    ...options,
  });
  const seen: Report[] = [];
  lab.onReport((report) => seen.push(report));
  lab.admin.createUser('alice');
  lab.admin.createOrganization('acme', { admins: ['alice'] });
  const token = lab.admin.createToken('alice', { scopes: ['repo', 'workflow', 'admin:org', 'write:packages'] });
  const api: LabBench['api'] = async (method, path, body) => {
    const response = await lab.fetch(`https://api.github.com${path}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    lab,
    token,
    home,
    api,
    push: async (name, workflow, files = {}) => {
      seen.length = 0;
      const cwd = join(home, name);
      const inFolder = (...args: string[]): Promise<string> => git(args, { cwd, env: lab.env() });
      if (lab.forge.forge.store.repositories.by('fullName', `acme/${name}`).length === 0) {
        await api('POST', '/orgs/acme/repos', { name });
        const { store } = lab.forge.forge;
        for (const row of store.repositories.by('fullName', `acme/${name}`))
          store.transaction(() => store.repositories.put({ ...row, canApprovePullRequestReviews: true }));
        mkdirSync(cwd);
        await inFolder('init', '-q', '-b', 'main');
      }
      for (const [path, text] of Object.entries({ '.github/workflows/ci.yml': workflow, ...files })) {
        mkdirSync(dirname(join(cwd, path)), { recursive: true });
        writeFileSync(join(cwd, path), text);
      }
      await inFolder('add', '.');
      await inFolder(
        '-c',
        'user.name=alice',
        '-c',
        'user.email=a@acme.test',
        'commit',
        '-qm',
        'change',
        '--allow-empty',
      );
      await inFolder('push', '-q', `https://x:${token}@github.com/acme/${name}.git`, 'main');
      await lab.idle();
      const run = outcome(seen);
      tellWhenFailed(run.log);
      return run;
    },
    close: async () => {
      await lab.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function outcome(seen: readonly Report[]): BenchRun {
  const jobs: Record<string, JobRecord> = {};
  const logs = new Map<string, string[]>();
  for (const report of seen) {
    // Steps are told with the last of them, not with the job's end.
    if (report.kind === 'job' || report.kind === 'step')
      jobs[report.job.name] = {
        ...report.job,
        steps: report.job.steps.length > 0 ? report.job.steps : (jobs[report.job.name]?.steps ?? []),
      };
    if (report.kind === 'line') logs.set(report.job.name, [...(logs.get(report.job.name) ?? []), report.text]);
  }
  const logOf = (job: string): string => (logs.get(job) ?? []).join('\n');
  return {
    jobs,
    conclusions: Object.values(jobs)
      .map((job) => `${job.name} ${job.conclusion}`)
      .sort(),
    log: [...logs.keys()].map(logOf).join('\n'),
    logOf,
  };
}

/** A workflow on push of jobs, each a list of steps: `steps('build', '- run: true')`. */
export function workflowOf(jobs: Readonly<Record<string, string>>, head = ''): string {
  const each = Object.entries(jobs).map(
    ([name, body]) => `  ${name}:\n    runs-on: ubuntu-latest\n${body.replaceAll(/^(?=.)/gm, '    ')}\n`,
  );
  return `on: push\n${head}jobs:\n${each.join('')}`;
}
