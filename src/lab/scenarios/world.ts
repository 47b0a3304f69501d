import type { Book } from './book.ts';
import type { Clone } from './clone.ts';
import type { Flaws } from './flaws.ts';
import type { AppOnStage, GitHubUnderTest } from './github-under-test.ts';
import type { Pair } from './pair.ts';
import type { Person } from './person.ts';

/** A release as the rehearsal follows it. */
export interface FollowedRelease {
  /** The merge commit it was built from. */
  readonly commit: string;
  readonly digest: string;
}

/** What every act of the rehearsal works with. */
export interface World {
  readonly github: GitHubUnderTest;
  readonly book: Book;
  readonly pair: Pair;
  readonly people: {
    /** Owns the organisations and sets them up; takes no part in the delivery. */
    readonly owner: Person;
    readonly developer: Person;
    readonly reviewer: Person;
    readonly all: readonly Person[];
    /** By team's slug. */
    readonly teams: ReadonlyMap<string, readonly Person[]>;
  };
  readonly delivery: AppOnStage;
  readonly propose: AppOnStage;
  /** Merges rollbacks past the rules, where an environment asks for it. */
  readonly rollback: AppOnStage | undefined;
  /** Edits a clone of the application so that its next version differs. */
  readonly change: (clone: Clone) => Promise<void>;
  /** Edits it so that its health check fails; undefined where nobody said how. */
  readonly spoil: ((clone: Clone) => Promise<void>) | undefined;
  /** Other ways of making a version that must not come through. */
  readonly flaws: Flaws;
  /** Runs one of our commands as somebody, in a folder; for pairs that have no workflow for it. */
  readonly command: (person: Person, folder: string, words: readonly string[]) => Promise<CommandOutcome>;
}

export interface CommandOutcome {
  readonly exitCode: number;
  readonly said: string;
}
