/**
 * Orders texts by their code units, and with them times as GitHub writes them. The same on every machine, and at once:
 * a collation takes 10 ms to load.
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
