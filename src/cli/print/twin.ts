import type { Difference } from '../../lab/twin/compare.ts';
import type { Ports } from '../../ports.ts';
import type { ScenarioTwin } from '../lab-twin.ts';
import { type Style, styleFor } from './style.ts';

/** Where a lab and another GitHub disagree, by scenario and phase. */
export function renderTwin(url: string, twins: readonly ScenarioTwin[], ports: Ports): string {
  const style = styleFor(ports.stdout, ports.env);
  return `${twins
    .flatMap(({ scenario, compared, differences, notCompared, unheld, notes }) => [
      '',
      style('bold', scenario),
      ...show(differences, style),
      ...(notCompared.length === 0 ? [] : ['', 'left out on one side:', ...show(notCompared, style)]),
      ...notes.there.filter((note) => !notes.here.includes(note)).map((note) => `  ${style('yellow', 'note')} ${note}`),
      ...(unheld.length === 0 ? [] : [style('red', `${unheld.length} expectations did not hold in the lab itself:`)]),
      ...unheld.map((one) => `  ${one.phase}: ${one.asked}: ${one.here ?? ''}`),
      style(
        differences.length === 0 ? 'green' : 'red',
        `${compared} answers compared with ${url}: ${differences.length === 0 ? 'they agree' : `${differences.length} differ`}`,
      ),
    ])
    .join('\n')}\n`;
}

function show(differences: readonly Difference[], style: Style): readonly string[] {
  let phase = '';
  return differences.flatMap((one) => {
    const head = one.phase === phase ? [] : ['', `  ${one.phase}`];
    phase = one.phase;
    return [
      ...head,
      `    ${style('bold', one.asked)}`,
      `      the lab    ${one.here ?? 'was not asked'}`,
      `      the other  ${one.there ?? 'was not asked'}`,
    ];
  });
}
