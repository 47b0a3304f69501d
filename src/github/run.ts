/** What Actions says of the run that a command is part of; empty outside. */
export interface RunFacts {
  readonly inActions: boolean;
  readonly repository?: string;
  readonly actor?: string;
  readonly event?: string;
  readonly runUrl?: string;
  readonly sha?: string;
  readonly ref?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export function readRun(env: Env): RunFacts {
  if (env['GITHUB_ACTIONS'] !== 'true') return { inActions: false };
  const repository = env['GITHUB_REPOSITORY'];
  const runId = env['GITHUB_RUN_ID'];
  const facts = {
    repository,
    actor: env['GITHUB_ACTOR'],
    event: env['GITHUB_EVENT_NAME'],
    sha: env['GITHUB_SHA'],
    ref: env['GITHUB_REF'],
    runUrl:
      repository === undefined || runId === undefined
        ? undefined
        : `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${repository}/actions/runs/${runId}`,
  };
  return {
    inActions: true,
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== '')),
  };
}

/** Id of a run of this repository, from its URL; undefined for any other URL. */
export function runIdOf(url: string | undefined, repository: string): number | undefined {
  const match = /^https:\/\/[^/]+\/([^/]+\/[^/]+)\/actions\/runs\/([0-9]{1,18})$/.exec(url ?? '');
  return match?.[1]?.toLowerCase() === repository.toLowerCase() ? Number(match[2]) : undefined;
}
