import { readFileSync } from 'node:fs';

export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** Who service programs run as where the lab runs as root, which some of them refuse: their own user, else nobody. */
export function runUser(names: readonly string[]): RunUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [...names, 'nobody']) {
    const [, , uid, gid] = known.find(([login]) => login === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
