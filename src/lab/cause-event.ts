import { TrunklineError } from '../errors.ts';
import { git } from '../git/git.ts';
import { releaseTag } from './event-payload.ts';
import type { Lab } from './lab.ts';
import { labMark } from './lab-mark.ts';
import type { Selection } from './only-workflow.ts';
import type { PushSource } from './push-source.ts';
import type { SourceRepository } from './scenarios/source-repository.ts';

/** The repository in the lab, as the developer who owns it reaches it. */
interface Place {
  readonly selection: Selection;
  readonly inputs: Readonly<Record<string, string>>;
  readonly source: SourceRepository;
  readonly head: string;
  /** Asks the API about the repository; answers the JSON. */
  api(method: string, path: string, body?: unknown, token?: string): Promise<Readonly<Record<string, unknown>>>;
  push(...refs: readonly string[]): Promise<void>;
  /** From now on workflows start. */
  enable(): Promise<void>;
  /** Of somebody else, who may write too. */
  reviewer(): Promise<string>;
}

/** The branch that stands beside the one that HEAD is on. */
const beside = 'lab-run';

/** Events that the lab's forge raises by itself, and how to make them happen. All others stand on a push. */
const causes: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  create: async ({ push, enable, head }) => {
    await enable();
    await push(`${head}:refs/heads/${beside}`);
  },
  delete: async ({ push, enable, head }) => {
    await push(`${head}:refs/heads/${beside}`);
    await enable();
    await push(`:refs/heads/${beside}`);
  },
  deployment: async ({ api, enable, source }) => {
    await enable();
    await deployment(api, source.branch);
  },
  deployment_status: async ({ api, enable, source }) => {
    await enable();
    const { id } = await deployment(api, source.branch);
    await api('POST', `/deployments/${id}/statuses`, { state: 'success' });
  },
  issue_comment: async ({ api, enable }) => {
    const { number } = await api('POST', '/issues', { title: 'Issue', body: '' });
    await enable();
    await api('POST', `/issues/${number}/comments`, { body: 'A comment' });
  },
  issues: async ({ api, enable }) => {
    await enable();
    await api('POST', '/issues', { title: 'Issue', body: '' });
  },
  pull_request: openPull,
  pull_request_review: async (place) => {
    const number = await pull(place);
    await place.enable();
    const body = { event: 'APPROVE', body: 'A review' };
    await place.api('POST', `/pulls/${number}/reviews`, body, await place.reviewer());
  },
  // The forge raises it beside pull_request.
  pull_request_target: openPull,
  repository_dispatch: async ({ api, enable, selection }) => {
    await enable();
    const client_payload = selection.payload['client_payload'] ?? {};
    await api('POST', '/dispatches', { event_type: selection.action ?? beside, client_payload });
  },
  status: async ({ api, enable, head }) => {
    await enable();
    await api('POST', `/statuses/${head}`, { state: 'success', context: 'status' });
  },
  workflow_dispatch: async ({ api, enable, selection, source, inputs }) => {
    await enable();
    const path = selection.workflow ?? '';
    await api('POST', `/actions/workflows/${path.replace('.github/workflows/', '')}/dispatches`, {
      ref: source.branch,
      inputs,
    });
  },
};
/** The forge's event that stands for the one asked for. */
export function causeOf(event: string): string {
  if (event === 'pull_request_review_comment') return 'pull_request';
  return causes[event] === undefined ? 'push' : event;
}

/** Makes the repository in the lab, as it is committed, and lets the event happen there. */
export async function causeEvent(
  lab: Lab,
  from: { readonly source: SourceRepository; readonly commits: PushSource },
  selection: Selection,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { source, commits } = from;
  const { head, parent } = commits;
  const place = await openPlace(lab, from, selection, inputs);
  const target = `refs/heads/${source.branch}`;
  const cause = causes[selection.cause];
  // A pull request needs something to differ from; a push shows what the last commit changed.
  const before = /^push$|^pull_request/.test(selection.cause) ? parent : head;
  if (before !== undefined) {
    await place.push(`${before}:${target}`, ...(commits.withTags ? ['refs/tags/*:refs/tags/*'] : []));
    await place.api('PATCH', '', { default_branch: source.branch });
  }
  if (cause !== undefined) {
    if (before !== undefined) return cause(place);
    throw new TrunklineError('INPUT_INVALID', 'a pull request needs two commits, found one', {
      hint: 'use --event push, or in a shallow clone git fetch --deepen 1',
    });
  }
  const tag = selection.event === 'release' ? releaseTag(selection.payload) : undefined;
  // A tag that is there already stays where it is.
  if (tag !== undefined) await place.push(`${head}:refs/tags/${tag}`).catch(() => undefined);
  await place.enable();
  await place.push(`${head}:${target}`);
}

async function openPlace(
  lab: Lab,
  { source, commits }: { readonly source: SourceRepository; readonly commits: PushSource },
  selection: Selection,
  inputs: Readonly<Record<string, string>>,
): Promise<Place> {
  const [owner = 'acme', name = source.name] = (source.origin ?? `acme/${source.name}`)
    .split('/')
    .map((part) => part.replace(/[^A-Za-z0-9._-]+/g, '-'));
  lab.admin.createUser('developer');
  lab.admin.createOrganization(owner, { admins: ['developer'] });
  const token = lab.admin.createToken('developer', { scopes: ['repo', 'workflow', 'admin:org', 'write:packages'] });
  const ask = async (method: string, path: string, body: unknown, login: string) => {
    const headers = { authorization: `token ${login}`, 'content-type': 'application/json' };
    const response = await lab.fetch(`${lab.urls.api}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw refused(`${method} ${path}`, response.status, text);
    return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  };
  await ask('POST', `/orgs/${owner}/repos`, { name, private: true }, token);
  const repository = `/repos/${owner}/${name}`;
  await ask('PUT', `${repository}/actions/permissions`, { enabled: false }, token);
  return {
    selection,
    inputs,
    source,
    head: commits.head,
    api: (method, path, body, login = token) => ask(method, `${repository}${path}`, body, login),
    push: async (...refs) => {
      const url = `${lab.urls.html}/${owner}/${name}.git`;
      // However the lab ends, it takes this with it as it does its jobs.
      const env = { ...commits.env, ...gitLogin(lab, token), ...labMark(lab.folder).env };
      await git(['push', '--quiet', '--no-verify', url, ...refs], { cwd: source.folder, env });
    },
    enable: async () => {
      await ask('PUT', `${repository}/actions/permissions`, { enabled: true, allowed_actions: 'all' }, token);
    },
    reviewer: async () => {
      lab.admin.createUser('reviewer');
      lab.admin.addCollaborator(`${owner}/${name}`, 'reviewer', 'write');
      return lab.admin.createToken('reviewer');
    },
  };
}

async function openPull(place: Place): Promise<void> {
  await place.enable();
  await pull(place);
}

async function pull({ api, push, source, head }: Place): Promise<number> {
  await push(`${head}:refs/heads/${beside}`);
  const title = await git(['log', '-1', '--format=%s'], { cwd: source.folder });
  return Number((await api('POST', '/pulls', { title, head: beside, base: source.branch }))['number']);
}

function deployment(api: Place['api'], branch: string): Promise<Readonly<Record<string, unknown>>> {
  return api('POST', '/deployments', {
    ref: branch,
    environment: 'production',
    auto_merge: false,
    required_contexts: [],
  });
}

/** The token goes in the environment: argv is everybody's to read. */
function gitLogin(lab: Lab, token: string): Record<string, string> {
  const basic = Buffer.from(`x:${token}`).toString('base64');
  return {
    ...lab.env(),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${lab.urls.html}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

/** What the forge does not take of a dispatch's inputs is the user's to mend; all else is the lab's fault. */
function refused(question: string, status: number, text: string): TrunklineError {
  if (status !== 422 || !question.endsWith('/dispatches'))
    return new TrunklineError('LAB_FAILED', `${question}: ${status} ${text}`);
  const { message } = JSON.parse(text) as { message?: string };
  return new TrunklineError('INPUT_INVALID', message ?? text, {
    hint: 'give inputs of the workflow as --input NAME=VALUE',
  });
}
