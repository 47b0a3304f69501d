import { noCommit } from './known-pins.ts';
import type { ActionPin } from './lock.ts';

/**
 * A shared workflow moved to another version: what the one before signed still counts, and it may go on signing, since
 * not every repository that calls it moves at the same time.
 */
export function movedTo(now: ActionPin, before: ActionPin): ActionPin {
  const { version, sha, previous = [] } = before;
  const kept = [...(sha === noCommit ? [] : [{ version, sha }]), ...previous].filter((one) => one.sha !== now.sha);
  return kept.length === 0 ? now : { ...now, previous: kept };
}

/** The versions before sign no more: of what they signed, that of after the day does not count. */
export function endedOn(day: string, pin: ActionPin): ActionPin {
  if (pin.previous === undefined) return pin;
  return { ...pin, previous: pin.previous.map((one) => ({ ...one, until: one.until ?? day })) };
}
