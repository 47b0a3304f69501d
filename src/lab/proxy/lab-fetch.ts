import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** A fetch through the lab's proxy that trusts the lab's authority, for this process only. Loaded when first used. */
export function createLabFetch(
  port: number,
  trustFile: string,
): { fetch: typeof globalThis.fetch; close: () => Promise<void> } {
  let opened: ReturnType<typeof open> | undefined;
  return {
    fetch: async (input, init) => {
      opened ??= open(port, trustFile);
      return (await opened).fetch(input, init);
    },
    close: async () => (await opened)?.close(),
  };
}

async function open(
  port: number,
  trustFile: string,
): Promise<{ fetch: typeof globalThis.fetch; close: () => Promise<void> }> {
  const { fetch, ProxyAgent } = await import('undici');
  // One context for all connections: reading the system's authorities again for each would cost more than the request.
  const secureContext = createSecureContext({ ca: readFileSync(trustFile, 'utf8') });
  const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${port}`, requestTls: { secureContext } });
  const labFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    // undici does not know a Request or Headers made by Node's own classes, so their parts are handed over.
    const parts =
      input instanceof Request
        ? {
            method: input.method,
            headers: [...input.headers],
            body: input.body === null ? null : await input.arrayBuffer(),
            redirect: input.redirect,
            signal: input.signal,
          }
        : {};
    const headers = init.headers instanceof Headers ? { headers: [...init.headers] } : {};
    const own = { ...parts, ...init, ...headers, dispatcher } as unknown as Parameters<typeof fetch>[1];
    const url = input instanceof Request ? input.url : input;
    return (await fetch(url, own)) as unknown as Response;
  };
  return { fetch: labFetch, close: () => dispatcher.destroy() };
}
