import type { Stage } from './stage.ts';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly auto_merge: { readonly merge_method: string } | null;
  readonly head: { readonly ref: string; readonly sha: string };
}

/** The newest record of a published release, to tell later ones by. */
export async function lastRecord(stage: Stage): Promise<number> {
  const [newest] = await stage.api<{ id: number }[]>('GET', '/repos/acme/app/deployments?per_page=1');
  return newest?.id ?? 0;
}

/**
 * All that a command may leave behind, with every digest and commit the same, so that two ends can be compared: what is
 * there twice, too much or not at all shows.
 */
export async function endOf(stage: Stage, since: number): Promise<unknown> {
  const infra = '/repos/acme/infra';
  const pulls = await stage.api<Pull[]>('GET', `${infra}/pulls?per_page=100`);
  const said: unknown[] = [];
  for (const { number, title, body, auto_merge, head } of pulls) {
    const commits = await stage.api<{ commit: { message: string } }[]>('GET', `${infra}/pulls/${number}/commits`);
    const statuses = await stage.api<{ context: string; state: string }[]>(
      'GET',
      `${infra}/commits/${head.sha}/statuses`,
    );
    said.push({
      branch: head.ref,
      title,
      body: body.split('\n').filter((line) => !/^Commits|^- [0-9a-f]{7} /.test(line)),
      armed: auto_merge?.merge_method ?? null,
      commits: commits.map((one) => one.commit.message.split('\n')[0]).sort(),
      statuses: once(statuses.map(({ context, state }) => `${context}: ${state}`)),
    });
  }
  const issues = await stage.api<{ title: string; pull_request?: unknown }[]>('GET', `${infra}/issues?per_page=100`);
  const records = await stage.api<{ id: number; payload: { service?: string } }[]>(
    'GET',
    '/repos/acme/app/deployments?environment=published&per_page=20',
  );
  const acknowledged: unknown[] = [];
  for (const { id, payload } of records.filter((one) => one.id > since)) {
    const states = await stage.api<{ state: string }[]>('GET', `/repos/acme/app/deployments/${id}/statuses`);
    acknowledged.push([payload.service, once(states.map((one) => one.state))]);
  }
  const pin = await stage.pin('dev');
  const deployments = await stage.api<{ id: number; payload: { digest?: string } }[]>(
    'GET',
    `${infra}/deployments?environment=dev&task=deploy:api&per_page=20`,
  );
  const deployed: unknown[] = [];
  for (const { id, payload } of deployments.filter((one) => pin.endsWith(`@${one.payload.digest}`))) {
    const states = await stage.api<{ state: string }[]>('GET', `${infra}/deployments/${id}/statuses`);
    deployed.push([payload.digest, once(states.map((one) => one.state))]);
  }
  const end = {
    deployed,
    branches: await ours(stage, 'infra', 'trunkline/'),
    hotfixes: await ours(stage, 'app', 'hotfixes/'),
    pulls: said.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    issues: issues.filter((one) => one.pull_request === undefined).map((one) => one.title),
    acknowledged,
  };
  return JSON.parse(
    JSON.stringify(end)
      .replaceAll(/[0-9a-f]{40,64}|[0-9a-f]{12}/g, '#')
      .replaceAll(/-[0-9a-f]{7}"/g, '-#"')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then'),
  ) as unknown;
}

/** The same status said again, because the answer to the first was lost, changes nothing: the last one counts. */
function once(states: readonly string[]): readonly string[] {
  return states.filter((one, index) => one !== states[index - 1]);
}

async function ours(stage: Stage, repository: string, prefix: string): Promise<readonly string[]> {
  const all = await stage.api<{ name: string }[]>('GET', `/repos/acme/${repository}/branches?per_page=100`);
  return all.map((one) => one.name).filter((name) => name.startsWith(prefix));
}

/** Takes away what a command left. */
export async function clear(stage: Stage): Promise<void> {
  const infra = '/repos/acme/infra';
  for (const { number } of await stage.api<{ number: number }[]>('GET', `${infra}/pulls?per_page=100`))
    await stage.api('PATCH', `${infra}/pulls/${number}`, { state: 'closed' });
  for (const name of await ours(stage, 'infra', 'trunkline/'))
    await stage.api('DELETE', `${infra}/git/refs/heads/${name}`);
  for (const name of await ours(stage, 'app', 'hotfixes/'))
    await stage.api('DELETE', `/repos/acme/app/git/refs/heads/${name}`);
  const issues = await stage.api<{ number: number; pull_request?: unknown }[]>('GET', `${infra}/issues?per_page=100`);
  for (const { number, pull_request } of issues)
    if (pull_request === undefined) await stage.api('PATCH', `${infra}/issues/${number}`, { state: 'closed' });
}
