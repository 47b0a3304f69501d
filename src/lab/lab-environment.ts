import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import type { GhSocket } from './proxy/listen.ts';
import { nodePreload } from './proxy/node-preload.ts';
import { npmRegistry } from './proxy/package-registries.ts';
import { writeTrustFiles } from './proxy/trust-files.ts';

export interface LabEnvironment {
  /** PEM: the lab's authority and the system's. */
  readonly trustFile: string;
  readonly forJobs: Readonly<Record<string, string>>;
  forPeople(token?: string): Record<string, string>;
}

/** Writes what the variables point at, and answers the variables that make a process see the lab as GitHub. */
export function labEnvironment(lab: {
  readonly folder: string;
  readonly port: number;
  readonly authority: string;
  readonly env: Ports['env'];
  readonly gh: GhSocket | undefined;
}): LabEnvironment {
  const trust = writeTrustFiles(lab.folder, lab.authority, lab.env);
  const proxy = `http://127.0.0.1:${lab.port}`;
  const direct = '127.0.0.1,localhost,::1';
  const ghHome = join(lab.folder, 'gh');
  mkdirSync(ghHome, { recursive: true, mode: 0o700 });
  const socket = lab.gh === undefined ? '' : `http_unix_socket: ${JSON.stringify(lab.gh.path)}\n`;
  writeFileSync(join(ghHome, 'config.yml'), `prompt: disabled\ngit_protocol: https\n${socket}`, { mode: 0o600 });
  const registry = npmRegistry(lab.env);
  const common: Record<string, string> = {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    NO_PROXY: direct,
    https_proxy: proxy,
    http_proxy: proxy,
    no_proxy: direct,
    NODE_EXTRA_CA_CERTS: trust.extra,
    GIT_SSL_CAINFO: trust.all,
    SSL_CERT_FILE: trust.all,
    CURL_CA_BUNDLE: trust.all,
    REQUESTS_CA_BUNDLE: trust.all,
    AWS_CA_BUNDLE: trust.all,
    GH_CONFIG_DIR: ghHome,
    ...nodeProxy(lab.folder),
    // A user whose npm has a registry of its own may not reach the public one. No password goes with it.
    ...(registry === undefined ? {} : { npm_config_registry: `${registry.origin}${registry.pathname}` }),
  };
  return {
    trustFile: trust.all,
    forJobs: common,
    forPeople: (token) => {
      const tmp = join(lab.folder, 'tmp');
      mkdirSync(tmp, { recursive: true });
      return {
        ...common,
        // gh keeps what it learned about a server in there, for a day.
        TMPDIR: tmp,
        GIT_TERMINAL_PROMPT: '0',
        ...(token === undefined ? {} : { GH_TOKEN: token, GITHUB_TOKEN: token }),
      };
    },
  };
}

/** From Node 24 on a variable does it; before, nothing but code of ours makes fetch and https mind the proxy. */
function nodeProxy(folder: string): Record<string, string> {
  const file = join(folder, 'node-proxy.cjs');
  writeFileSync(file, nodePreload);
  return Number(process.versions.node.split('.')[0]) >= 24
    ? { NODE_USE_ENV_PROXY: '1' }
    : { NODE_OPTIONS: `--require ${JSON.stringify(file)}` };
}
