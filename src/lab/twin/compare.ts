import type { Line, Transcript } from './transcript.ts';

/** Where two GitHubs answered differently, or were not asked the same. */
export interface Difference {
  readonly phase: string;
  readonly asked: string;
  /** In the lab; undefined where it was not asked this. */
  readonly here?: string;
  /** On the other GitHub. */
  readonly there?: string;
}

export interface Comparison {
  /** How many answers and expectations stand on both sides. */
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** Left out on one side, with the reason it gave. */
  readonly notCompared: readonly Difference[];
  /** Expectations that did not hold in the lab, whatever the other GitHub says. */
  readonly unheld: readonly Difference[];
}

/** Lays two transcripts beside each other, in order. */
export function compare(here: Transcript, there: Transcript): Comparison {
  const differences: Difference[] = [];
  const notCompared: Difference[] = [];
  let compared = 0;
  for (const [ours, theirs] of align(here.lines, there.lines)) {
    const line = ours ?? theirs;
    if (line === undefined) continue;
    const difference = {
      phase: line.phase,
      asked: line.asked,
      ...(ours === undefined ? {} : { here: ours.found }),
      ...(theirs === undefined ? {} : { there: theirs.found }),
    };
    if (isSkipped(ours) !== isSkipped(theirs)) notCompared.push(difference);
    else if (ours === undefined || theirs === undefined) differences.push(difference);
    else {
      compared += 1;
      if (ours.found !== theirs.found) differences.push(difference);
    }
  }
  const unheld = here.lines
    .filter((line) => line.kind === 'expectation' && line.found.startsWith('failed: '))
    .map(({ phase, asked, found }) => ({ phase, asked, here: found }));
  return { compared, differences, notCompared, unheld };
}

function isSkipped(line: Line | undefined): boolean {
  return line?.found.startsWith('skipped: ') === true;
}

/** Pairs of lines that asked the same, in the order of both; what only one side has stands alone. */
function align(ours: readonly Line[], theirs: readonly Line[]): [Line | undefined, Line | undefined][] {
  const key = (line: Line | undefined): string => `${line?.phase}\n${line?.kind}\n${line?.asked}`;
  const width = theirs.length + 1;
  // longest[i * width + j]: how many pairs ours[i…] and theirs[j…] have at most.
  const longest = new Uint32Array((ours.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = ours.length - 1; i >= 0; i -= 1) {
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      const same = key(ours[i]) === key(theirs[j]);
      longest[i * width + j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [Line | undefined, Line | undefined][] = [];
  for (let i = 0, j = 0; i < ours.length || j < theirs.length; ) {
    if (i < ours.length && j < theirs.length && key(ours[i]) === key(theirs[j])) pairs.push([ours[i++], theirs[j++]]);
    else if (j === theirs.length || (i < ours.length && at(i + 1, j) >= at(i, j + 1)))
      pairs.push([ours[i++], undefined]);
    else pairs.push([undefined, theirs[j++]]);
  }
  return pairs;
}
