import type { Agent } from 'node:http';
import { nodeFetch } from './node-fetch.ts';
import { makeTunnelAgent } from './tunnel-agent.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A fetch that goes through HTTPS_PROXY and HTTP_PROXY and minds NO_PROXY, and keeps its connections. It stands on
 * node:https: loading undici, or Node's own fetch, takes longer than all that a command has to say.
 */
export function proxyFetch(env: Env): typeof globalThis.fetch {
  const agents = new Map<string, Agent>();
  return nodeFetch((url) => {
    const proxy = proxyOf(env, url);
    // In a lab's jobs: its own hosts need no TLS, which would cost a command as much as all else it does.
    const ending = env['TRUNKLINE_LAB_HOSTS']?.split(',').includes(url.hostname) === true;
    const key = `${url.protocol}${ending}${proxy ?? ''}`;
    const agent =
      agents.get(key) ??
      makeTunnelAgent(url.protocol, proxy, { ending, authorities: env['TRUNKLINE_LAB_CA'] || undefined });
    agents.set(key, agent);
    return agent;
  });
}

/** The proxy that a URL is to be asked through, as curl reads the variables. */
export function proxyOf(env: Env, url: URL): string | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const proxy = url.protocol === 'https:' ? read('HTTPS_PROXY') : read('HTTP_PROXY');
  if (proxy === undefined) return undefined;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const direct = (read('NO_PROXY') ?? '').split(/[\s,]+/).some((entry) => {
    const [, name = '', wanted] =
      /^(?:\*?\.)?\[?(.*?)\]?(?::([0-9]+))?$/.exec(isIpv6(entry) ? `[${entry}]` : entry) ?? [];
    if (name === '' || (wanted !== undefined && wanted !== port)) return false;
    return name === '*' || host === name.toLowerCase() || host.endsWith(`.${name.toLowerCase()}`);
  });
  if (direct) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isIpv6(entry: string): boolean {
  return !entry.startsWith('[') && entry.split(':').length > 2;
}
