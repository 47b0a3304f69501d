import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TrunklineError } from '../errors.ts';
import { openLab } from '../lab/lab.ts';
import { labUnderTest } from '../lab/lab-under-test.ts';
import type { BookEvent } from '../lab/scenarios/book.ts';
import type { GitHubUnderTest } from '../lab/scenarios/github-under-test.ts';
import { rehearseRules } from '../lab/scenarios/rules/rehearse-rules.ts';
import { isScenario, type ScenarioName } from '../lab/scenarios/scenarios.ts';
import { type Comparison, compare } from '../lab/twin/compare.ts';
import { type PeopleFile, readPeopleFile } from '../lab/twin/people-file.ts';
import { remoteGitHub } from '../lab/twin/remote-github.ts';
import { Transcript } from '../lab/twin/transcript.ts';
import type { Ports } from '../ports.ts';
import { Exit } from './exit.ts';
import { labOptions } from './lab-options.ts';
import type { RehearseFlags } from './lab-rehearse.ts';
import { prepareDelivery } from './lab-rehearse-stage.ts';
import { packageFolder } from './package-folder.ts';
import { renderTwin } from './print/twin.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** What a scenario came to on both sides. */
export interface ScenarioTwin extends Comparison {
  readonly scenario: string;
  /** Expectations that did not hold: in the lab, and on the other GitHub. */
  readonly failed: { readonly here: number; readonly there: number };
  readonly notes: { readonly here: readonly string[]; readonly there: readonly string[] };
}

interface Side {
  readonly github: GitHubUnderTest;
  readonly transcript: Transcript;
  readonly folder: string;
  readonly say: (event: BookEvent) => void;
}

/** Carries one scenario out on one side. */
type Play = (side: Side) => Promise<{ readonly failed: number }>;

/** `trunkline lab rehearse --on URL`: the same scenarios here and there, and where the two disagree. */
export async function rehearseTwin(flags: RehearseFlags, scenario: string | undefined, ports: Ports): Promise<void> {
  const { url, organisation, people } = readFlags(flags, ports);
  const scenarios = scenario === undefined ? ['rules', ...(people.apps.size > 0 ? ['delivery'] : [])] : [scenario];
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-twin-'));
  const twins: ScenarioTwin[] = [];
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    for (const name of scenarios) {
      const played = isScenario(name) ? name : undefined;
      const play =
        played === undefined
          ? playRules(organisation, ports)
          : await playDelivery(played, flags, organisation, folder, ports);
      twins.push(await playTwice(name, play, { flags, url, organisation, people, folder, ports }));
    }
  } finally {
    process.off('exit', remove);
    remove();
  }
  const ok = twins.every(({ differences, failed }) => differences.length === 0 && failed.here === 0);
  ports.stdout.write(
    flags.json === true ? `${JSON.stringify({ ok, scenarios: twins }, undefined, 2)}\n` : renderTwin(url, twins, ports),
  );
  if (!ok) throw new Exit(1);
}

async function playTwice(
  scenario: string,
  play: Play,
  place: {
    flags: RehearseFlags;
    url: string;
    organisation: string;
    people: PeopleFile;
    folder: string;
    ports: Ports;
  },
): Promise<ScenarioTwin> {
  const { flags, ports } = place;
  const jobs = scenario !== 'rules';
  const [here, there] = [new Transcript({ jobs }), new Transcript({ jobs })];
  const say = (where: string) => (event: BookEvent) => {
    if (flags.json === true || event.kind !== 'phase') return;
    ports.stderr.write(`${scenario}, ${where}: ${event.number}. ${event.title}\n`);
  };
  const { interrupted } = ports;
  const remote = remoteGitHub({
    ...place,
    settle: (flags.settle ?? 10) * 1000,
  });
  let theirs: { failed: number };
  try {
    theirs = await play({
      github: there.of(untilInterrupted(remote, interrupted)),
      transcript: there,
      folder: join(place.folder, scenario, 'there'),
      say: say(place.url),
    });
  } finally {
    if (flags.keep !== true) await remote.removeRepositories();
  }
  interrupted.throwIfAborted();
  const lab = await openLab({ ...labOptions(flags, ports), packageFolder: packageFolder() });
  try {
    const ours = await play({
      github: here.of(labUnderTest(untilInterrupted(lab, interrupted))),
      transcript: here,
      folder: join(place.folder, scenario, 'here'),
      say: say('the lab'),
    });
    return {
      scenario,
      ...compare(here, there),
      failed: { here: ours.failed, there: theirs.failed },
      notes: { here: here.notes, there: there.notes },
    };
  } finally {
    await lab.close();
  }
}

function playRules(organisation: string, ports: Ports): Play {
  return async ({ github, transcript, folder, say }) => {
    const { phases } = await rehearseRules(github, {
      organisation,
      folder,
      now: ports.clock.now,
      onEvent: (event) => {
        transcript.event(event);
        say(event);
      },
    });
    return { failed: failedOf(phases) };
  };
}

/** The whole delivery, or the part of it that a scenario plays. */
async function playDelivery(
  scenario: ScenarioName,
  flags: RehearseFlags,
  organisation: string,
  folder: string,
  ports: Ports,
): Promise<Play> {
  const { rehearse } = await prepareDelivery(flags, join(folder, 'source'), organisation, ports, scenario);
  return async ({ github, transcript, folder: people, say }) => {
    const { phases } = await rehearse(github, people, (event) => {
      transcript.event(event);
      say(event);
    });
    return { failed: failedOf(phases) };
  };
}

function failedOf(phases: readonly { readonly expectations: readonly { readonly result: string }[] }[]): number {
  return phases.flatMap(({ expectations }) => expectations).filter(({ result }) => result === 'failed').length;
}

function readFlags(flags: RehearseFlags, ports: Ports): { url: string; organisation: string; people: PeopleFile } {
  const { on: url = '', organisation, people } = flags;
  if (organisation === undefined || people === undefined) {
    throw new TrunklineError('INPUT_INVALID', 'expected --organisation and --people beside --on, found one missing', {
      hint: 'trunkline lab rehearse --on https://github.com --organisation acme-sandbox --people people.yaml',
    });
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TrunklineError('INPUT_INVALID', `expected --on with a URL of a GitHub, found "${url}"`);
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new TrunklineError('INPUT_INVALID', 'expected tokens in the file of --people, found one in the URL');
  return { url, organisation, people: readPeopleFile(resolve(ports.cwd, people)) };
}
