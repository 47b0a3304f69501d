import type { Report } from '../../protocol/report.ts';

export type EgressVerdict = Extract<Report, { kind: 'egress' }>['verdict'];

/** A host that was asked for. */
export interface Egress {
  readonly host: string;
  readonly port: number;
  readonly verdict: EgressVerdict;
  readonly count: number;
}

/** Counts connections by host, port and verdict, in the order in which they were first seen. */
export class EgressLedger {
  readonly #entries = new Map<string, Egress>();

  add(host: string, port: number, verdict: EgressVerdict): void {
    const key = `${verdict} ${host}:${port}`;
    const known = this.#entries.get(key);
    this.#entries.set(key, { host, port, verdict, count: (known?.count ?? 0) + 1 });
  }

  entries(): readonly Egress[] {
    return [...this.#entries.values()];
  }
}
