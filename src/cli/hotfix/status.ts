import type { Command } from 'commander';
import { type DebtState, debtsOf } from '../../delivery/hotfix-debts.ts';
import { keepsHotfix } from '../../delivery/hotfix-kept.ts';
import type { PublishedRelease, State } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import { readPin } from '../../manifest/manifest.ts';
import { shortDigest } from '../../model/digest.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import type { Ports } from '../../ports.ts';
import { readStep } from '../../state/ancestry.ts';
import { readPublished } from '../../state/published.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, openSession } from '../delivery/session.ts';
import { Exit } from '../exit.ts';
import { table } from '../print/table.ts';

interface Owed extends DebtState {
  readonly hotfix: Hotfix;
}

export function hotfixStatusCommand(ports: Ports): Command {
  return deliveryCommand(
    'status',
    'what hotfixes owe; exit code 1 when something is overdue',
    'trunkline hotfix status --json',
  ).action(async (options: CommonOptions) => {
    const session = await openSession(ports, { ...options, dryRun: true });
    const state = await readState(session.github, { ...session, now: ports.clock.now() });
    const published =
      state.hotfixes.length === 0
        ? []
        : await readPublished(
            session.github,
            { ...state.config, infra: state.repository },
            (page) => page.length === 0,
          );
    const owed: Owed[] = [];
    for (const hotfix of state.hotfixes) {
      const facts = await readFacts(session.github, state, published, hotfix);
      owed.push(...debtsOf(hotfix, facts, state.now).map((one) => ({ ...one, hotfix })));
    }
    const rows = owed.map(({ hotfix, debt, due, state: said, how }) => ({
      service: hotfix.service,
      environment: hotfix.environment,
      digest: hotfix.digest,
      incident: hotfix.incident ?? null,
      author: hotfix.author,
      debt,
      due,
      state: said,
      how,
    }));
    const cells = rows.map((row) => [
      row.service,
      row.environment,
      shortDigest(row.digest),
      row.debt,
      row.state === 'paid' ? 'paid' : `${row.state}, due ${row.due.slice(0, 16)}Z`,
      row.how,
    ]);
    const head = ['service', 'environment', 'release', 'debt', 'state', ''];
    if (options.json === true) ports.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    else ports.stdout.write(rows.length === 0 ? 'no hotfix owes anything\n' : `${table([head, ...cells])}\n`);
    if (rows.length > 0)
      appendSummary(ports, [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n'));
    if (rows.some((row) => row.state === 'overdue')) throw new Exit(1);
  });
}

async function readFacts(
  github: GitHub,
  state: State,
  published: readonly PublishedRelease[],
  hotfix: Hotfix,
): Promise<{ ported: boolean; lacking: readonly string[] }> {
  const { commit, service } = hotfix;
  const sourceOf = (digest: string | undefined): PublishedRelease['source'] =>
    published.find((one) => one.service === service && one.digest === digest)?.source;
  const repository = sourceOf(hotfix.digest)?.repository;
  const from = repository === undefined || commit === undefined ? undefined : { repository, commit };
  const lacking: string[] = [];
  for (const name of hotfix.skipped) {
    const digest = state.config.environments.some((one) => one.name === name)
      ? readPin(state.config, state.files, service, name)?.digest
      : undefined;
    if (digest === hotfix.digest) continue;
    if (!keepsHotfix(await readStep(github, from, sourceOf(digest)), hotfix)) lacking.push(name);
  }
  if (from === undefined) return { ported: false, lacking };
  const [owner = '', repo = ''] = from.repository.split('/');
  const { data } = await github.request('GET /repos/{owner}/{repo}', { owner, repo });
  const tip = { repository: from.repository, commit: data.default_branch };
  return { ported: keepsHotfix(await readStep(github, from, tip), hotfix), lacking };
}
