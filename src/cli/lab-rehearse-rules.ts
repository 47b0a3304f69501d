import { join, resolve } from 'node:path';
import { openLab } from '../lab/lab.ts';
import { labUnderTest } from '../lab/lab-under-test.ts';
import { rehearseRules } from '../lab/scenarios/rules/rehearse-rules.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { labOptions } from './lab-options.ts';
import type { RehearseFlags } from './lab-rehearse.ts';
import { packageFolder } from './package-folder.ts';
import { renderVerdict } from './print/rehearsal-summary.ts';
import { Timeline } from './print/timeline.ts';
import { orInterrupted, untilInterrupted } from './until-interrupted.ts';

/** `trunkline lab rehearse rules`: the rules' scenario in a lab of its own. */
export async function rehearseRulesHere(flags: RehearseFlags, ports: Ports): Promise<void> {
  const timeline = flags.json === true ? undefined : new Timeline(ports, { verbose: flags.verbose === true });
  const { interrupted } = ports;
  const lab = await openLab({
    ...labOptions(flags, ports),
    packageFolder: packageFolder(),
    ...(flags.folder === undefined ? {} : { folder: resolve(ports.cwd, flags.folder) }),
  });
  const stop = timeline === undefined ? undefined : lab.onReport((report) => timeline.report(report));
  let work: Promise<unknown> = Promise.resolve();
  try {
    const rehearsal = rehearseRules(labUnderTest(untilInterrupted(lab, interrupted)), {
      organisation: flags.organisation ?? 'acme',
      folder: join(lab.folder, 'stage'),
      now: ports.clock.now,
      onEvent: (event) => {
        if (!interrupted.aborted) timeline?.event(event);
      },
    });
    work = rehearsal.catch(() => undefined);
    const { ok, phases, notes } = await orInterrupted(interrupted, rehearsal);
    timeline?.end();
    if (flags.json === true) ports.stdout.write(`${JSON.stringify({ ok, phases, notes }, undefined, 2)}\n`);
    else ports.stdout.write(`\n${renderVerdict(phases, ports)}\n`);
    if (!ok) throw new Exit(1);
  } finally {
    timeline?.end();
    stop?.();
    await work;
    await lab.close();
  }
}
