import type { Clock } from '../ports.ts';

/** Lets writes through as fast as GitHub likes them; resolves when so many more may be made. */
export interface Pace {
  (writes: number): Promise<void>;
  /** When others opened pull requests, as GitHub tells it: what runs before us in the same hour counts too. */
  seen(opened: readonly number[]): void;
}

const minute = 60_000;
const hour = 60 * minute;
/**
 * GitHub's own limits on what creates content are 80 a minute and 500 an hour, over everybody who acts as the App.
 * Automation leaves a fifth of them to what somebody stands and waits for: a rollback must not queue behind bumps.
 */
const limits = {
  automation: [
    { window: minute, writes: 60 },
    { window: hour, writes: 400 },
  ],
  urgent: [
    { window: minute, writes: 80 },
    { window: hour, writes: 500 },
  ],
} as const;

/** Waits, by the clock that it is given, wherever another write would be one too many in its minute or its hour. */
export function createPace(clock: Clock, signal: AbortSignal, kind: keyof typeof limits = 'automation'): Pace {
  let made: readonly { readonly at: number; readonly writes: number }[] = [];
  let looked = false;
  const pace = async (writes: number): Promise<void> => {
    // From here on what is seen is our own.
    looked = true;
    for (;;) {
      const now = clock.now();
      made = made.filter((one) => one.at > now - hour);
      const wait = Math.max(0, ...limits[kind].map((limit) => waitFor(made, writes, limit, now)));
      if (wait === 0) break;
      await clock.sleep(wait, signal);
      // A clock that stands still would never let anything through.
      if (clock.now() === now) break;
    }
    made = [...made, { at: clock.now(), writes }];
  };
  return Object.assign(pace, {
    seen: (opened: readonly number[]): void => {
      if (looked || opened.length === 0) return;
      looked = true;
      // Each was opened and armed.
      made = [...opened].sort((a, b) => a - b).map((at) => ({ at, writes: 2 }));
    },
  });
}

function waitFor(
  made: readonly { readonly at: number; readonly writes: number }[],
  wanted: number,
  { window, writes }: { readonly window: number; readonly writes: number },
  now: number,
): number {
  const inWindow = made.filter((one) => one.at > now - window);
  let over = inWindow.reduce((sum, one) => sum + one.writes, 0) + wanted - writes;
  for (const one of inWindow) {
    if (over <= 0) return 0;
    over -= one.writes;
    if (over <= 0) return one.at + window - now;
  }
  return 0;
}
