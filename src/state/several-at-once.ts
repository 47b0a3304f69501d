/** So many questions are on their way at a time: GitHub asks for few, and registries like no more. */
const limit = 8;

/** Answers in the order of the items, whichever comes first; the first failure is the whole's. */
export async function severalAtOnce<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) answers[at] = await ask(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return answers;
}
