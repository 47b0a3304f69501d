import { createHmac } from 'node:crypto';
import type { Forge } from '../forge.ts';
import type { Hook, HookDelivery } from '../rows.ts';

/** What a hook is reached through, and where to. */
export interface HookNetwork {
  readonly fetch: typeof globalThis.fetch;
  /** Hosts besides this machine's own loopback. */
  readonly allowedHosts: readonly string[];
}

/** GitHub waits no longer for an answer. */
const patience = 10_000;
/** Of an answer so much is kept. */
const keptBody = 10_000;

type Outcome = Pick<
  HookDelivery,
  'seconds' | 'status' | 'statusCode' | 'requestHeaders' | 'responseHeaders' | 'responseBody'
>;

/** Sends a delivery once; what goes wrong is in the outcome, as GitHub's list of deliveries would show it. */
export async function attemptDelivery(
  forge: Forge,
  network: HookNetwork | undefined,
  hook: Hook,
  delivery: HookDelivery,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = forge.clock.now();
  const body = encodeBody(hook, JSON.stringify(delivery.payload));
  const requestHeaders = headersOf(hook, delivery, body);
  const seconds = (): number => Math.round(forge.clock.now() - began) / 1000;
  const failed = (status: string): Outcome => ({
    seconds: seconds(),
    status,
    statusCode: 0,
    requestHeaders,
    responseHeaders: null,
    responseBody: null,
  });
  if (network === undefined || !isAllowed(network, hook.url)) return failed('host is not allowed by the lab');
  try {
    const response = await network.fetch(hook.url, {
      method: 'POST',
      headers: requestHeaders,
      body,
      // A redirect would lead to where nobody allowed.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    const text = await response.text();
    return {
      seconds: seconds(),
      status: response.ok ? 'OK' : `Invalid HTTP Response: ${response.status}`,
      statusCode: response.status,
      requestHeaders,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: text.slice(0, keptBody),
    };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return failed(timedOut ? 'timed out' : 'failed to connect to host');
  }
}

/** Loopback by its own addresses or name, or a host that was allowed by name. */
export function isAllowed(network: HookNetwork, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
  return loopback || network.allowedHosts.some((host) => host.toLowerCase() === hostname);
}

function encodeBody(hook: Hook, json: string): string {
  return hook.contentType === 'json' ? json : new URLSearchParams({ payload: json }).toString();
}

function headersOf(hook: Hook, delivery: HookDelivery, body: string): Readonly<Record<string, string>> {
  const sign = (algorithm: 'sha1' | 'sha256', secret: string): string =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
  const { secret } = hook;
  return {
    Accept: '*/*',
    'Content-Type': hook.contentType === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    'User-Agent': 'GitHub-Hookshot/lab',
    'X-GitHub-Delivery': delivery.guid,
    'X-GitHub-Event': delivery.event,
    'X-GitHub-Hook-ID': String(hook.id),
    'X-GitHub-Hook-Installation-Target-ID': String(hook.scopeId),
    'X-GitHub-Hook-Installation-Target-Type': hook.scope === 'app' ? 'integration' : hook.scope,
    ...(secret === null
      ? {}
      : { 'X-Hub-Signature': sign('sha1', secret), 'X-Hub-Signature-256': sign('sha256', secret) }),
  };
}
