import { readFileSync } from 'node:fs';

type Json = Readonly<Record<string, unknown>>;
type Env = Readonly<Record<string, string | undefined>>;

/** `context` of a script, as @actions/github makes it of the job's environment. */
export function readContext(env: Env): object {
  const text = (name: string): string => env[name] ?? '';
  const payload = readPayload(text('GITHUB_EVENT_PATH'));
  return {
    payload,
    eventName: text('GITHUB_EVENT_NAME'),
    sha: text('GITHUB_SHA'),
    ref: text('GITHUB_REF'),
    workflow: text('GITHUB_WORKFLOW'),
    action: text('GITHUB_ACTION'),
    actor: text('GITHUB_ACTOR'),
    job: text('GITHUB_JOB'),
    runAttempt: Number(text('GITHUB_RUN_ATTEMPT')),
    runNumber: Number(text('GITHUB_RUN_NUMBER')),
    runId: Number(text('GITHUB_RUN_ID')),
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    serverUrl: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    graphqlUrl: env['GITHUB_GRAPHQL_URL'] ?? 'https://api.github.com/graphql',
    get issue() {
      const numbered = [payload['issue'], payload['pull_request'], payload].find((one) => hasNumber(one));
      return { ...repositoryOf(env, payload), number: (numbered as { number?: number } | undefined)?.number };
    },
    get repo() {
      return repositoryOf(env, payload);
    },
  };
}

function repositoryOf(env: Env, payload: Json): { readonly owner: string; readonly repo: string } {
  const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  if (owner !== undefined && repo !== undefined) return { owner, repo };
  const repository = payload['repository'] as { name: string; owner: { login: string } } | undefined;
  if (repository !== undefined) return { owner: repository.owner.login, repo: repository.name };
  throw new Error("context.repo requires a GITHUB_REPOSITORY environment variable like 'owner/repo'");
}

function readPayload(path: string): Json {
  if (path === '') return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch {
    process.stdout.write(`GITHUB_EVENT_PATH ${path} does not exist\n`);
    return {};
  }
}

function hasNumber(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'number' in value;
}
