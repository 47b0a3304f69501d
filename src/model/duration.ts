const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads `20s`, `15m`, `24h`, `7d` into milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,8})(s|m|h|d)$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * units[match[2] as keyof typeof units];
}
