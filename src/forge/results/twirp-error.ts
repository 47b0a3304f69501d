/** Codes of Twirp and the HTTP status that each is answered with (twitchtv/twirp, "Errors"). */
const statuses = {
  already_exists: 409,
  bad_route: 404,
  internal: 500,
  invalid_argument: 400,
  malformed: 400,
  not_found: 404,
  permission_denied: 403,
  unauthenticated: 401,
} as const;

/** An answer of the results service that is no success. */
export class TwirpError extends Error {
  override readonly name = 'TwirpError';
  readonly code: keyof typeof statuses;

  constructor(code: keyof typeof statuses, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return statuses[this.code];
  }
}
