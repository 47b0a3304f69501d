import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLab } from '../lab/lab.ts';
import { labUnderTest } from '../lab/lab-under-test.ts';
import { rehearseRules } from '../lab/scenarios/rules/rehearse-rules.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import type { RehearseFlags } from './lab-rehearse.ts';
import { Timeline } from './print/timeline.ts';

/** `trunkline lab rehearse rules`: the rules' scenario in a lab of its own. */
export async function rehearseRulesHere(flags: RehearseFlags, ports: Ports): Promise<void> {
  const timeline = flags.json === true ? undefined : new Timeline(ports, { verbose: false });
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-rules-'));
  const lab = await openLab({ ports });
  try {
    const { ok, phases, notes } = await rehearseRules(labUnderTest(lab), {
      organisation: flags.organisation ?? 'acme',
      folder,
      now: ports.clock.now,
      onEvent: (event) => timeline?.event(event),
    });
    timeline?.end();
    if (flags.json === true) ports.stdout.write(`${JSON.stringify({ ok, phases, notes }, undefined, 2)}\n`);
    if (!ok) throw new Exit(1);
  } finally {
    timeline?.end();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
