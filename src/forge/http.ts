import type { Hono } from 'hono';
import type { Account, Installation, Token } from './rows.ts';

/** Who sent a request; `token` is absent for nobody (anonymous) and for an App's own JWT. */
export interface Identity {
  readonly account?: Account;
  readonly token?: Token;
  readonly installation?: Installation;
  /** The App that the request counts for: an installation's or a job's (15368), or the JWT's. */
  readonly appId?: number;
  readonly kind: 'anonymous' | 'user' | 'installation' | 'job' | 'app-jwt' | 'system';
}

/** The forge's HTTP application; every handler finds who asks under `identity`. */
export type ForgeApp = Hono<{ Variables: { identity: Identity } }>;

/** An answer that is not 2xx, in GitHub's shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 501 | 503;
  /** A list; a few routes say one thing alone. */
  readonly errors?: readonly unknown[] | string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ApiError['status'],
    message: string,
    options: { errors?: readonly unknown[] | string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    if (options.errors !== undefined) this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}
