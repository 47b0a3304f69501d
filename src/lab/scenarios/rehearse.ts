import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { Fidelity } from '../../protocol/run.ts';
import type { Lab } from '../lab.ts';
import type { Egress } from '../proxy/egress.ts';
import { Book, type BookEvent, Halt, type Phase } from './book.ts';
import { createCast } from './cast.ts';
import type { Clone } from './clone.ts';
import { type FailedJob, readFailures } from './failures.ts';
import type { Flaws } from './flaws.ts';
import type { GitHubUnderTest } from './github-under-test.ts';
import { leftOut, type Pair } from './pair.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { setUp } from './set-up.ts';
import { type Shares, StepLedger } from './shares.ts';
import { type Place, readWhere } from './where.ts';
import type { CommandOutcome, World } from './world.ts';

export interface RehearsalOptions {
  readonly pair: Pair;
  /** What is played; the whole delivery unless said. */
  readonly scenario?: ScenarioName;
  /** Clones of the people on the stage are made here. */
  readonly folder: string;
  readonly change: (clone: Clone) => Promise<void>;
  readonly spoil?: (clone: Clone) => Promise<void>;
  readonly flaws?: Flaws;
  /** Repository secrets for both repositories. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Secrets that shall hold a token of the delivery bot. */
  readonly botSecrets: readonly string[];
  /** For the environments' secret that the deploy target asks for. */
  readonly deployToken: string;
  /** The trunkline command's own file, for pairs that have no workflow for a command. */
  readonly commandFile: string;
  readonly now: () => number;
  readonly onEvent: (event: BookEvent) => void;
  /** Where the jobs can be watched: what was real and where the time went is counted there. */
  readonly lab?: Pick<Lab, 'onReport' | 'egress'>;
}

export interface Rehearsal {
  readonly ok: boolean;
  readonly phases: readonly Phase[];
  readonly notes: readonly string[];
  /** What is where at the end. */
  readonly where: readonly Place[];
  readonly steps: Readonly<Record<Fidelity, number>>;
  readonly egress: readonly Egress[];
  readonly shares: Shares;
  /** The same from the application's merge to the first deploy that succeeded after it; where there was one. */
  readonly mergeToServing?: Shares;
  /** Jobs that failed in the phase in which an expectation did; empty when all held. */
  readonly failures: readonly FailedJob[];
}

/**
 * Carries a pair of repositories through the whole delivery, speaking to GitHub's API and git only, and writes down
 * what was expected and found. Never throws for an expectation that did not hold.
 */
export async function rehearse(github: GitHubUnderTest, options: RehearsalOptions): Promise<Rehearsal> {
  const { pair } = options;
  const started = options.now();
  const book = new Book(options.now, options.onEvent);
  const ledger = new StepLedger([pair.app, pair.infra]);
  const stop = options.lab?.onReport((report) => ledger.add(report));
  try {
    const world = await stageWorld(github, book, options);
    await act(world, () => scenarios[options.scenario ?? 'delivery'](world, options.now));
    const where = await readWhere(world);
    return {
      ok: !book.failed,
      phases: book.phases,
      notes: book.notes,
      where,
      steps: ledger.counts,
      egress: options.lab?.egress() ?? [],
      shares: ledger.shares(started, options.now()),
      ...mergeToServing(book, ledger),
      failures: book.failed ? await readFailures(world) : [],
    };
  } finally {
    stop?.();
  }
}

function mergeToServing(book: Book, ledger: StepLedger): Pick<Rehearsal, 'mergeToServing'> {
  const merged = book.markOf('merge');
  const served = merged === undefined ? undefined : ledger.deployedAfter(merged);
  return merged === undefined || served === undefined ? {} : { mergeToServing: ledger.shares(merged, served) };
}

/** Makes people, Apps and both repositories, and says what of the pair is left out. */
export async function stageWorld(
  github: GitHubUnderTest,
  book: Book,
  options: Omit<RehearsalOptions, 'now' | 'onEvent' | 'lab' | 'scenario'>,
): Promise<World> {
  const { pair } = options;
  const cast = await createCast(github, pair, options.folder);
  const world: World = {
    github,
    book,
    pair,
    people: cast.people,
    delivery: cast.delivery,
    propose: cast.propose,
    rollback: cast.rollback,
    change: options.change,
    spoil: options.spoil,
    flaws: options.flaws ?? {},
    command: (person, folder, words) => runCommand(github, options.commandFile, person.token, folder, words),
  };
  for (const { source, fullName } of [pair.app, pair.infra]) {
    if (source.uncommitted.length > 0) {
      book.note(
        `${source.folder}: ${source.uncommitted.length} uncommitted changes are not part of ${fullName} (left alone)`,
      );
    }
  }
  for (const note of [...leftOut(pair), ...github.notes]) book.note(note);
  await setUp(world, { ...options, joinRepositories: cast.joinRepositories });
  return world;
}

/** All acts in order; where one cannot go on, those after it are skipped, and say why. */
async function act(world: World, play: () => Promise<void>): Promise<void> {
  const { book } = world;
  try {
    await play();
  } catch (error) {
    if (error instanceof Halt || error instanceof TrunklineError) book.halted(error.message);
    else if (isRefusal(error)) book.halted(`${error.request.method} ${error.request.url}: ${error.message}`);
    else throw error;
  }
}

/** An answer of GitHub's that no expectation asked for. */
function isRefusal(error: unknown): error is Error & { request: { method: string; url: string } } {
  return error instanceof Error && error.name === 'HttpError' && 'request' in error;
}

function runCommand(
  github: GitHubUnderTest,
  file: string,
  token: string,
  folder: string,
  words: readonly string[],
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: join(folder, '..'), ...github.env(token) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 1, said: Buffer.concat(said).toString('utf8') }));
  });
}
