/** What was read, or why it could not be: what is unknown is never taken for equal. */
export type Seen<T> = { readonly value: T } | { readonly unknown: string };

export function seen<T>(value: T): Seen<T> {
  return { value };
}

export function unseen(unknown: string): Seen<never> {
  return { unknown };
}

export function known<T>(one: Seen<T>): T | undefined {
  return 'value' in one ? one.value : undefined;
}
