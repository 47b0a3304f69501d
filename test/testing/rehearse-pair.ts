import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { watchAnswers } from '../../src/forge/testing/watch-answers.ts';
import { openLab } from '../../src/lab/lab.ts';
import { labUnderTest } from '../../src/lab/lab-under-test.ts';
import { harmlessChange } from '../../src/lab/scenarios/changes.ts';
import type { Clone } from '../../src/lab/scenarios/clone.ts';
import type { Flaws } from '../../src/lab/scenarios/flaws.ts';
import { readPair } from '../../src/lab/scenarios/pair.ts';
import { type Rehearsal, rehearse } from '../../src/lab/scenarios/rehearse.ts';
import type { ScenarioName } from '../../src/lab/scenarios/scenarios.ts';
import { openSourceRepository } from '../../src/lab/scenarios/source-repository.ts';
import type { Clock } from '../../src/ports.ts';

export const root = resolve(import.meta.dirname, '../..');

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Rehearses a pair in a lab of its own, which is gone afterwards. Jobs run the built command: build before. */
export async function rehearsePair(options: {
  app: string;
  infra: string;
  spoil?: (clone: Clone) => Promise<void>;
  flaws?: Flaws;
  secrets?: ReadonlyMap<string, string>;
  botSecrets?: readonly string[];
  scenario?: ScenarioName;
  /** Refuse requests beyond GitHub's rate limits. */
  rateLimits?: boolean;
}): Promise<Rehearsal> {
  const lab = await openLab({
    ports: { clock, random: randomBytes, env: process.env },
    packageFolder: root,
    ...(options.rateLimits === undefined ? {} : { rateLimits: options.rateLimits }),
  });
  const unlike: string[] = [];
  watchAnswers(lab.forge.app, unlike);
  try {
    const app = await openSourceRepository(options.app);
    const pair = await readPair(app, await openSourceRepository(options.infra));
    const rehearsal = await rehearse(labUnderTest(lab), {
      lab,
      pair,
      ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
      folder: join(lab.folder, 'people'),
      change: harmlessChange(app, pair.servicePath),
      ...(options.spoil === undefined ? {} : { spoil: options.spoil }),
      ...(options.flaws === undefined ? {} : { flaws: options.flaws }),
      secrets: options.secrets ?? new Map(),
      botSecrets: options.botSecrets ?? [],
      deployToken: randomBytes(24).toString('hex'),
      commandFile: join(root, 'dist/trunkline.js'),
      now: clock.now,
      onEvent: () => {},
    });
    expect(unlike).toEqual([]);
    return rehearsal;
  } finally {
    await lab.close();
  }
}
