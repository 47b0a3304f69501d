import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Lab, openLab } from '../lab/lab.ts';
import { labUnderTest } from '../lab/lab-under-test.ts';
import type { BookEvent } from '../lab/scenarios/book.ts';
import { commandChange, harmlessChange } from '../lab/scenarios/changes.ts';
import { makeExamplePair } from '../lab/scenarios/example-pair.ts';
import type { GitHubUnderTest } from '../lab/scenarios/github-under-test.ts';
import { type Pair, readPair } from '../lab/scenarios/pair.ts';
import { type Rehearsal, rehearse } from '../lab/scenarios/rehearse.ts';
import { exampleOf, type ScenarioName } from '../lab/scenarios/scenarios.ts';
import { openSourceRepository } from '../lab/scenarios/source-repository.ts';
import type { Ports } from '../ports.ts';
import { describeKeptLab } from './kept-lab.ts';
import { labOptions } from './lab-options.ts';
import type { RehearseFlags } from './lab-rehearse.ts';
import { mirroredActions } from './mirrored-actions.ts';
import { packageFolder } from './package-folder.ts';
import type { Timeline } from './print/timeline.ts';
import { readSecret } from './read-secret.ts';
import { orInterrupted, untilInterrupted } from './until-interrupted.ts';

export interface RehearsalStage {
  /** @throws the interruption's reason when it is interrupted */
  rehearse(): Promise<Rehearsal>;
  /** How to reach a lab that is kept, for people. */
  describe(): string;
  close(): Promise<void>;
}

/** A pair that is read and can be carried through on any GitHub. */
export type PreparedDelivery = (
  github: GitHubUnderTest,
  folder: string,
  onEvent: (event: BookEvent) => void,
  lab?: Pick<Lab, 'onReport' | 'egress'>,
) => Promise<Rehearsal>;

export interface Prepared {
  readonly pair: Pair;
  readonly rehearse: PreparedDelivery;
}

/** Reads the pair that the flags name, or makes the example's in a folder. @throws NOT_A_REPOSITORY, CONFIG_INVALID */
export async function prepareDelivery(
  flags: RehearseFlags,
  folder: string,
  organisation: string,
  ports: Ports,
  scenario: ScenarioName = 'delivery',
): Promise<Prepared> {
  const home = packageFolder();
  const secrets = new Map(flags.secret.map((text) => readSecret(text, ports.env)));
  const own =
    flags.app === undefined || flags.infra === undefined
      ? undefined
      : { app: resolve(ports.cwd, flags.app), infra: resolve(ports.cwd, flags.infra) };
  const example =
    own === undefined
      ? await makeExamplePair(home, folder, organisation, flags.example ?? exampleOf(scenario))
      : undefined;
  const paths = own ?? example ?? { app: '', infra: '' };
  const [app, infra] = await Promise.all([openSourceRepository(paths.app), openSourceRepository(paths.infra)]);
  const pair = await readPair(app, infra);
  const spoil = flags.break === undefined ? example?.spoil : commandChange(flags.break, ports.env);
  return {
    pair,
    rehearse: (github, people, onEvent, lab) =>
      rehearse(github, {
        scenario,
        pair,
        folder: people,
        change: harmlessChange(app, pair.servicePath, flags.change),
        ...(spoil === undefined ? {} : { spoil }),
        flaws: example?.flaws ?? {},
        secrets,
        botSecrets: flags.botSecret.map((name) => name.toUpperCase()),
        deployToken: Buffer.from(ports.random(24)).toString('hex'),
        commandFile: join(home, 'dist/trunkline.js'),
        now: ports.clock.now,
        onEvent,
        ...(lab === undefined ? {} : { lab }),
      }),
  };
}

/** Opens a lab and puts the pair on its stage. @throws NOT_A_REPOSITORY, CONFIG_INVALID, LAB_RUNNING */
export async function stageRehearsal(
  flags: RehearseFlags,
  ports: Ports,
  timeline: Timeline | undefined,
  scenario?: ScenarioName,
): Promise<RehearsalStage> {
  const lab = await openLab({
    ...labOptions(flags, ports),
    packageFolder: packageFolder(),
    mirrors: mirroredActions(
      [flags.app, flags.infra].map((one) => (one === undefined ? one : resolve(ports.cwd, one))),
    ),
    expectedApps: 2,
    ...(flags.folder === undefined ? {} : { folder: resolve(ports.cwd, flags.folder) }),
  });
  try {
    const folder = join(lab.folder, 'stage');
    mkdirSync(folder, { recursive: true });
    const { pair, rehearse: carryOut } = await prepareDelivery(flags, join(folder, 'source'), 'acme', ports, scenario);
    const stop = timeline === undefined ? undefined : lab.onReport((report) => timeline.report(report));
    const { interrupted } = ports;
    /** Under way, or over: the lab is not taken from under it. */
    let work: Promise<unknown> = Promise.resolve();
    return {
      rehearse: () => {
        const onEvent = (event: BookEvent): void => {
          // What goes wrong once it is interrupted is nobody's news.
          if (!interrupted.aborted) timeline?.event(event);
        };
        const github = labUnderTest(untilInterrupted(lab, interrupted));
        const rehearsal = carryOut(github, join(folder, 'people'), onEvent, lab);
        work = rehearsal.catch(() => undefined);
        return orInterrupted(interrupted, rehearsal);
      },
      describe: () => describeKeptLab(lab, pair.app.fullName, pair.healthUrl(pair.chain[0].name)),
      close: async () => {
        stop?.();
        await work;
        await lab.close();
      },
    };
  } catch (error) {
    await lab.close();
    throw error;
  }
}
