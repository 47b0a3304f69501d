import type { GraphqlAnswer, MutateOptions } from '../github/client.ts';
import type { ApplyContext } from './apply-plan.ts';

/** One of several writes that go in one request. */
export interface Part {
  /** Names of its variables and their types: `{ pull: 'ID!' }`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Root fields by name, each `mutation(input: …) { … }` with variables as `$pull`. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Several writes in one request: GitHub runs the fields of a mutation in order, and one that fails does not keep the
 * others from being done. Answers for each part what its fields answered, with the errors that are its own.
 */
export async function mutateTogether<T>(
  context: ApplyContext,
  name: string,
  parts: readonly Part[],
  options: MutateOptions = {},
): Promise<readonly GraphqlAnswer<Partial<T>>[]> {
  await context.pace(parts.length);
  const suffix = (index: number): string => (parts.length === 1 ? '' : String(index));
  const parameters = parts.flatMap((part, index) =>
    Object.entries(part.parameters).map(([key, type]) => `$${key}${suffix(index)}: ${type}`),
  );
  const fields = parts.flatMap((part, index) =>
    Object.entries(part.fields).map(
      ([key, text]) =>
        `${key}${suffix(index)}: ${text.replaceAll(/\$([a-zA-Z]+)/g, (_, variable) => `$${variable}${suffix(index)}`)}`,
    ),
  );
  const variables = Object.fromEntries(
    parts.flatMap((part, index) =>
      Object.entries(part.variables).map(([key, value]) => [`${key}${suffix(index)}`, value]),
    ),
  );
  const document = `mutation ${name}(${parameters.join(', ')}) {\n${fields.join('\n')}\n}`;
  const { data, errors } = await context.github.mutate<Record<string, unknown>>(document, variables, options);
  return parts.map((part, index) => {
    const keys = Object.keys(part.fields);
    const own =
      data === undefined ? undefined : Object.fromEntries(keys.map((key) => [key, data[`${key}${suffix(index)}`]]));
    return {
      data: own as Partial<T> | undefined,
      errors: errors
        .filter((one) => one.path === undefined || keys.some((key) => one.path?.[0] === `${key}${suffix(index)}`))
        .map((one) => ({
          ...one,
          path: [String(one.path?.[0] ?? '').replace(/\d+$/, ''), ...(one.path?.slice(1) ?? [])],
        })),
    };
  });
}
