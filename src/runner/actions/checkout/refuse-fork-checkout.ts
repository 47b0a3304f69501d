import { type ActionCall, booleanInput } from '../action.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Code of a fork is not checked out where the job has the base repository's token and secrets, unless the workflow
 * says that it means to (actions/checkout since 2026, `allow-unsafe-pr-checkout`).
 * @throws Error with the action's words
 */
export function refuseForkCheckout(
  call: ActionCall,
  asked: { readonly repository: string; readonly ref: string; readonly commit: string },
): void {
  const event = String(call.github['event_name'] ?? '');
  if (booleanInput(call, 'allow-unsafe-pr-checkout', false)) return;
  const payload = (call.github['event'] ?? {}) as Json;
  const head =
    event === 'pull_request_target' ? ofPull(payload) : event === 'workflow_run' ? ofRun(payload) : undefined;
  if (head === undefined || head.repositoryId === at(payload, 'repository', 'id')) return;
  const isFork =
    asked.repository.toLowerCase() === head.fullName.toLowerCase() ||
    /^refs\/pull\/\d+\/(?:head|merge)$/.test(asked.ref) ||
    head.commits.includes(asked.commit.toLowerCase());
  if (!isFork) return;
  throw new Error(
    `Refusing to check out fork pull request code from a '${event}' workflow. This workflow runs with the base repository's GITHUB_TOKEN, secrets, default-branch cache scope, and runner access. Fetching and executing a fork's code in that trusted context commonly leads to "pwn request" vulnerabilities. To opt in, review the risks at https://gh.io/securely-using-pull_request_target and set 'allow-unsafe-pr-checkout: true' on the actions/checkout step.`,
  );
}

interface Head {
  readonly repositoryId: number;
  readonly fullName: string;
  readonly commits: readonly string[];
}

function ofPull(payload: Json): Head | undefined {
  return headOf(at(payload, 'pull_request', 'head', 'repo'), [
    at(payload, 'pull_request', 'head', 'sha'),
    at(payload, 'pull_request', 'merge_commit_sha'),
  ]);
}

function ofRun(payload: Json): Head | undefined {
  const cause = at(payload, 'workflow_run', 'event');
  if (typeof cause !== 'string' || !cause.startsWith('pull_request')) return undefined;
  return headOf(at(payload, 'workflow_run', 'head_repository'), [
    at(payload, 'workflow_run', 'head_commit', 'id'),
    // Of a run on pull_request_target it is the base's.
    ...(cause === 'pull_request_target' ? [] : [at(payload, 'workflow_run', 'head_sha')]),
  ]);
}

function headOf(repository: unknown, commits: readonly unknown[]): Head | undefined {
  const id = at(repository, 'id');
  if (typeof id !== 'number') return undefined;
  return {
    repositoryId: id,
    fullName: String(at(repository, 'full_name') ?? ''),
    commits: commits.flatMap((one) => (typeof one === 'string' && one !== '' ? [one.toLowerCase()] : [])),
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Json)[key] : undefined),
    value,
  );
}
