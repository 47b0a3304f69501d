import type { Rehearsal } from '../../lab/scenarios/rehearse.ts';
import { sayPlace } from '../../lab/scenarios/where.ts';
import type { Ports } from '../../ports.ts';
import { duration } from './duration.ts';
import { renderFidelity } from './fidelity.ts';
import { styleFor } from './style.ts';
import { table } from './table.ts';

/** The end of a rehearsal, for people: failures first, what is where, what was real, who was asked, how long it took. */
export function renderSummary(rehearsal: Rehearsal, ports: Ports): string {
  const style = styleFor(ports.stdout, ports.env);
  const { phases, where, steps, egress, shares, failures } = rehearsal;
  const head = ['environment', 'service', 'version', 'digest', 'health', 'url'].map((text) => style('bold', text));
  return `${[
    ...failures.flatMap(({ repository, workflow, job, log }) => [
      '',
      style('red', `── ${repository} › ${workflow} › ${job}`),
      log.trimEnd(),
    ]),
    '',
    ...(where.length === 0 ? [] : [table([head, ...where.map(sayPlace)]), '']),
    ...renderFidelity(steps, egress),
    `time          ${duration(shares.total)}: ${duration(shares.commands)} your commands, ${duration(shares.trunkline)} trunkline in your workflows, ${duration(shares.engine)} the lab itself (${duration(shares.actions)} of it built-in actions)`,
    renderVerdict(phases, ports),
  ].join('\n')}\n`;
}

/** How many expectations held, failed, and were not rehearsed. */
export function renderVerdict(phases: Rehearsal['phases'], ports: Ports): string {
  const style = styleFor(ports.stdout, ports.env);
  const expectations = phases.flatMap((phase) => phase.expectations);
  const count = (result: string): number => expectations.filter((one) => one.result === result).length;
  const [held, failed, skipped] = [count('held'), count('failed'), count('skipped')];
  const rest = skipped === 0 ? '' : `, ${skipped} not rehearsed`;
  return failed === 0
    ? style('green', `expectations  ${held} held${rest}`)
    : style('red', `expectations  ${failed} failed, ${held} held${rest}`);
}
