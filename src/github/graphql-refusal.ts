import { TrunklineError } from '../errors.ts';
import type { GraphqlAnswer } from './client.ts';

/** GitHub's errors of a query as one of ours; `what` ends "GitHub answered …". */
export function graphqlRefusal(what: string, errors: GraphqlAnswer<unknown>['errors']): TrunklineError {
  const said = errors.map((one) => one.message).join('; ') || 'no data';
  const unseen = /Could not resolve to a Repository with the name '([^']+)'/.exec(said)?.[1];
  return new TrunklineError('GITHUB_REFUSED', `GitHub answered ${what}: ${said}`, {
    ...(unseen === undefined
      ? {}
      : {
          hint: `is ${unseen} spelled so, and may the credential read it? An App's token reaches the repositories that the App is installed on, in one organisation`,
        }),
  });
}
