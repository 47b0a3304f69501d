import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ApiError } from '../http.ts';

export type GithubErrorType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNPROCESSABLE'
  | 'STALE_DATA'
  | 'NOT_SERVED'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION';

export function githubError(type: GithubErrorType, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** An error as GitHub answers it: `type` beside `path`, `locations` and `message`. */
export function presentError(error: GraphQLError): Readonly<Record<string, unknown>> {
  const { path, locations, extensions }: GraphQLFormattedError = error.toJSON();
  const refusal = error.originalError instanceof ApiError ? error.originalError : undefined;
  const type = extensions?.['type'] ?? (refusal === undefined ? undefined : typeOf(refusal));
  return {
    ...(type === undefined ? {} : { type }),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message: refusal === undefined ? error.message : wordsOf(refusal),
  };
}

function typeOf(refusal: ApiError): GithubErrorType {
  if (refusal.status === 404) return 'NOT_FOUND';
  return refusal.status === 401 || refusal.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
}

/** GraphQL says in its message what REST says under `errors`. */
function wordsOf(refusal: ApiError): string {
  const { errors = [] } = refusal;
  const words = (typeof errors === 'string' ? [errors] : errors).flatMap((entry) => {
    if (typeof entry === 'string') return [entry.replace(/^Review /, '')];
    if (typeof entry !== 'object' || entry === null) return [];
    if ('message' in entry) return [String(entry.message)];
    return 'field' in entry && 'code' in entry ? [`${String(entry.field)} is ${String(entry.code)}`] : [];
  });
  return words.length === 0 ? refusal.message : words.join(', ');
}
