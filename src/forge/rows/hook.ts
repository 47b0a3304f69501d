/** Where somebody wants to be told of events. An App has one, made with it. */
export interface Hook {
  readonly id: number;
  readonly scope: 'repository' | 'organization' | 'app';
  /** Repository, account or App id. */
  readonly scopeId: number;
  /** Empty for an App that has named none. */
  readonly url: string;
  readonly contentType: 'json' | 'form';
  /** Signs what is sent; answered to nobody. */
  readonly secret: string | null;
  readonly insecureSsl: boolean;
  /** `*` is every event. */
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One attempt to tell a hook of one event, made or still to be made. */
export interface HookDelivery {
  readonly id: number;
  readonly hookId: number;
  /** The same for every attempt at one event. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly at: string;
  readonly redelivery: boolean;
  /** From 1: an attempt that fails is followed by another, a few times. */
  readonly attempt: number;
  readonly state: 'queued' | 'done';
  readonly seconds: number;
  readonly status: string;
  readonly statusCode: number;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly responseBody: string | null;
}
