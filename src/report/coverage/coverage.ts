/** What tests reached, by file: lines, or statements where the format counts those. */
export interface Coverage {
  readonly unit: 'lines' | 'statements';
  readonly files: ReadonlyMap<string, FileCoverage>;
}

/** Blocks by a key of their own: one that several reports name is one block. */
export type FileCoverage = ReadonlyMap<string, Block>;

export interface Block {
  readonly from: number;
  readonly to: number;
  /** How much it counts: 1 for a line, its statements for a block. */
  readonly weight: number;
  readonly hits: number;
}

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

export interface Totals {
  readonly covered: number;
  readonly total: number;
}

export function totals(coverage: Coverage): Totals {
  let covered = 0;
  let total = 0;
  for (const file of coverage.files.values()) {
    for (const { weight, hits } of file.values()) {
      total += weight;
      if (hits > 0) covered += weight;
    }
  }
  return { covered, total };
}

/** Lines that no test reached, in order, neighbours together. */
export function missedLines(file: FileCoverage): readonly LineRange[] {
  const found: { from: number; to: number }[] = [];
  const missed = [...file.values()].filter(({ hits }) => hits === 0);
  for (const { from, to } of missed.sort((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else found.push({ from, to });
  }
  return found;
}

/** Puts together what reports say, block by block; hits add up, in whatever order they come. */
export class CoverageCount {
  readonly #unit: Coverage['unit'];
  readonly #files = new Map<string, Map<string, Block>>();

  constructor(unit: Coverage['unit']) {
    this.#unit = unit;
  }

  /** A file counts as soon as it is named, though no line of it be. */
  file(name: string): Map<string, Block> {
    const found = this.#files.get(name) ?? new Map<string, Block>();
    this.#files.set(name, found);
    return found;
  }

  add(name: string, key: string, block: Block): void {
    const file = this.file(name);
    file.set(key, { ...block, hits: block.hits + (file.get(key)?.hits ?? 0) });
  }

  addLine(name: string, line: number, hits: number): void {
    this.add(name, String(line), { from: line, to: line, weight: 1, hits });
  }

  result(): Coverage {
    return { unit: this.#unit, files: this.#files };
  }
}
