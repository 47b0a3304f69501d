import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';

/**
 * What a query answers as far as these credentials may read it: refused fields are null, and `unread` says what GitHub
 * said of them. @throws GITHUB_REFUSED for anything but a refusal, and where nothing at all could be read
 */
export async function readPartly<T>(
  github: GitHub,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<{ readonly data: T; readonly unread: readonly string[] }> {
  const { data, errors } = await github.mutate<T>(document, variables);
  const fault = errors.find((one) => one.type !== 'FORBIDDEN' && one.type !== 'NOT_FOUND');
  if (data === undefined || fault !== undefined)
    throw new TrunklineError(
      'GITHUB_REFUSED',
      `GitHub answered a query: ${fault?.message ?? errors[0]?.message ?? 'no data'}`,
    );
  const said = errors.map(
    (one) => `${one.path?.findLast((part) => typeof part === 'string') ?? 'a field'}: ${one.message}`,
  );
  return { data, unread: [...new Set(said)] };
}
