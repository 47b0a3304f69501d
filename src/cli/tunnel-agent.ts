import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect, rootCertificates } from 'node:tls';

/**
 * Keeps connections; to https, with a proxy, through a CONNECT tunnel. Plain http asks the proxy itself (see
 * `nodeFetch`), and so does https where the proxy is its end (`ending`), as the lab's is. `authorities` names a file
 * of certificates that are trusted beside Node's own.
 */
export function makeTunnelAgent(
  protocol: string,
  proxy: string | undefined,
  { ending = false, authorities }: { readonly ending?: boolean; readonly authorities?: string | undefined } = {},
): http.Agent & { readonly via?: URL } {
  const trusted = authorities === undefined ? {} : { ca: [...rootCertificates, readFileSync(authorities, 'utf8')] };
  const options = { keepAlive: true, ...(protocol === 'https:' && !ending ? trusted : {}) };
  if (protocol !== 'https:' || (ending && proxy !== undefined))
    return Object.assign(new http.Agent(options), proxy === undefined ? {} : { via: new URL(proxy) });
  const agent = new https.Agent(options);
  if (proxy === undefined) return agent;
  const via = new URL(proxy);
  return Object.assign(agent, {
    createConnection: (
      { host, port, ...rest }: https.RequestOptions,
      done: (error: Error | null, socket?: ReturnType<typeof connect>) => void,
    ): void => {
      const authority = `${host ?? ''}:${port ?? 443}`;
      const asked = (via.protocol === 'https:' ? https : http).request({
        host: via.hostname,
        port: via.port === '' ? (via.protocol === 'https:' ? 443 : 80) : via.port,
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...proxyAuthorization(via) },
        agent: false,
      });
      asked.once('error', (error) => done(error));
      asked.once('connect', (answer, socket) => {
        if (answer.statusCode === 200) {
          done(null, connect({ ...(rest as object), socket, servername: host ?? '' }));
          return;
        }
        socket.destroy();
        done(new Error(`the proxy ${via.host} answered ${answer.statusCode ?? 0} to CONNECT ${authority}`));
      });
      asked.end();
    },
  });
}

export function proxyAuthorization(via: URL): Record<string, string> {
  if (via.username === '') return {};
  const said = `${decodeURIComponent(via.username)}:${decodeURIComponent(via.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(said).toString('base64')}` };
}
