import type { Egress } from '../../lab/proxy/egress.ts';
import type { Fidelity } from '../../protocol/run.ts';

/** The end of every report of a lab: how much of it was real, and which hosts were asked for. */
export function renderFidelity(steps: Readonly<Record<Fidelity, number>>, egress: readonly Egress[]): string[] {
  const hosts = egress.map(({ host, verdict, count }) => `${host} ${count}× ${verdict}`);
  const refused = egress.filter(({ verdict }) => verdict === 'refused').map(({ host }) => host);
  return [
    `steps         ${steps.real} real, ${steps['built-in']} built-in, ${steps['stand-in']} stand-in, ${steps.skipped} skipped`,
    `hosts asked   ${hosts.join(', ') || 'none'}`,
    ...(refused.length === 0 ? [] : [`refused       ${refused.join(', ')} (let one through with --allow HOST)`]),
  ];
}
