import type { ForgeApp } from '../http.ts';
import { expectValid, isDescribed } from './expect-valid.ts';

/** No API: the description, which takes half a second to read, is not asked about it. */
const git = /\/(?:info\/refs|git-upload-pack|git-receive-pack)$/;

/** Ends of the forge that GitHub's REST description leaves out: what they are, and which paths they have. */
const undescribed: Readonly<Record<string, RegExp>> = {
  'where redirects lead: logs, archives, artifacts': /^\/_\w+\/|\/(?:logs|zip|tarball|zipball)(?:\/|$)/,
  'the token, cache and artifact services of a job': /^\/(?:actions\/|_apis\/|twirp\/|\.well-known\/)/,
  'ids instead of names, which are led to the route of the names': /^\/repositories\/\d+/,
};

/**
 * Holds every JSON answer that the API gives from now on, whoever asks, to GitHub's description; what does not fit is
 * added to `faults`, a sentence each.
 */
export function watchAnswers(app: ForgeApp, faults: string[]): void {
  const inner = app.fetch;
  app.fetch = async (request, ...rest) => {
    const answer = await inner(request, ...rest);
    const { pathname } = new URL(request.url);
    const type = answer.headers.get('content-type') ?? '';
    // A file's own bytes are `vnd.github.raw+json`, whatever they are.
    const json = /\bjson\b/.test(type) && !/\.(?:raw|diff|patch|sha|html)\b/.test(type);
    try {
      if (pathname === '/graphql') await expectGraphql(answer);
      else if (git.test(pathname)) return answer;
      else if (await isDescribed(request.method, pathname)) {
        if (json || answer.body === null) await expectValid(request.method, pathname, answer);
      } else if (answer.status < 400 && !Object.values(undescribed).some((paths) => paths.test(pathname)))
        throw new Error(`GitHub has no ${request.method} ${pathname}`);
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (!faults.includes(fault)) faults.push(fault);
    }
    return answer;
  };
}

/** The executor holds `data` to the schema; what stands around it is the route's own. */
async function expectGraphql(answer: Response): Promise<void> {
  if (answer.status >= 400) return;
  const body: unknown = await answer.clone().json();
  const keys = Object.keys(body as object).filter((key) => key !== 'data' && key !== 'errors');
  if (answer.status !== 200 || keys.length > 0)
    throw new Error(`POST /graphql: ${answer.status} with ${keys.join(', ')}`);
  const { errors = [] } = body as { errors?: readonly Readonly<Record<string, unknown>>[] };
  for (const error of errors) {
    const odd = Object.keys(error).filter(
      (key) => !['type', 'path', 'locations', 'message', 'extensions'].includes(key),
    );
    if (odd.length > 0 || typeof error['message'] !== 'string')
      throw new Error(`POST /graphql: GitHub's errors have no ${odd.join(', ')}: ${JSON.stringify(error)}`);
  }
}
