import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Ports } from '../../ports.ts';

/** A connection to a host outside, through the proxy that this machine itself is set to, if it is. */
export async function connectUpstream(host: string, port: number, env: Ports['env']): Promise<Socket> {
  const proxy = upstreamProxy(host, env);
  if (proxy === undefined) {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return socket;
  }
  const tunnel = request({
    host: proxy.hostname,
    port: proxy.port === '' ? 80 : Number(proxy.port),
    method: 'CONNECT',
    path: `${host}:${port}`,
    headers: { host: `${host}:${port}`, ...authorization(proxy) },
  });
  tunnel.end();
  const [response, socket] = (await once(tunnel, 'connect')) as [{ statusCode?: number }, Socket];
  if (response.statusCode !== 200) {
    socket.destroy();
    throw new Error(`the proxy of this machine answered ${response.statusCode} for ${host}:${port}`);
  }
  return socket;
}

function upstreamProxy(host: string, env: Ports['env']): URL | undefined {
  const text = env['https_proxy'] ?? env['HTTPS_PROXY'] ?? env['http_proxy'] ?? env['HTTP_PROXY'] ?? '';
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') return undefined;
  const direct = (env['no_proxy'] ?? env['NO_PROXY'] ?? '')
    .split(',')
    .map((entry) => entry.trim().replace(/^\*?\./, ''));
  return direct.some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))))
    ? undefined
    : new URL(text);
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}
