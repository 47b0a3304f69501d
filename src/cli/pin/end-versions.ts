import { TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import { lockPath, renderLock } from '../../workflow/generate/lock.ts';
import { endedOn } from '../../workflow/generate/previous-pins.ts';
import { changeFiles } from '../generate/files.ts';
import type { PinOptions } from '../pin.ts';
import { readLock } from '../read-lock.ts';

/** `trunkline pin --end`: nobody calls the versions before any more. @throws INPUT_INVALID where a name has no versions before */
export function endVersions(ports: Ports, names: readonly string[], { dryRun, json, update }: PinOptions): void {
  const lock = readLock(ports.cwd);
  const open = Object.entries(lock.actions).filter(([, { previous = [] }]) =>
    previous.some(({ until }) => until === undefined),
  );
  const known = open.map(([name]) => name);
  const wrong = names.length === 0 || update === true ? [''] : names.filter((name) => !known.includes(name));
  if (wrong.length > 0)
    throw new TrunklineError(
      'INPUT_INVALID',
      update === true
        ? 'expected one of --update and --end, found both'
        : `expected shared workflows of ${lockPath} that have versions before which still sign, found ${wrong.join(', ') || 'no name'}`,
      { hint: known.length === 0 ? `none of ${lockPath} has` : `known: ${known.join(', ')}` },
    );
  const today = new Date(ports.clock.now()).toISOString().slice(0, 10);
  const ended = open
    .filter(([name]) => names.includes(name))
    .map(([name, pin]) => [name, endedOn(today, pin)] as const);
  const after = renderLock({ ...lock, actions: { ...lock.actions, ...Object.fromEntries(ended) } });
  if (dryRun !== true) changeFiles(ports.cwd, [{ path: lockPath, after }]);
  if (json === true) {
    ports.stdout.write(
      `${JSON.stringify({ written: dryRun !== true, ended: Object.fromEntries(ended) }, undefined, 2)}\n`,
    );
    return;
  }
  for (const [name, { previous = [] }] of ended)
    for (const { version, sha, until } of previous)
      ports.stdout.write(`${name} ${version} (${sha.slice(0, 12)}): what it signed until ${until} counts\n`);
}
