import type { RequestListener } from 'node:http';
import { type LabEnvironment, labEnvironment } from './lab-environment.ts';
import type { LabOptions } from './lab-options.ts';
import { createCertificateAuthority } from './proxy/certificate-authority.ts';
import { createLabFetch } from './proxy/lab-fetch.ts';
import { createLabProxy, type LabProxyOptions } from './proxy/lab-proxy.ts';
import { listenForGh, listenOnLoopback } from './proxy/listen.ts';
import { packageRegistries } from './proxy/package-registries.ts';

/** How to end something that was started; said in the reverse order of the starts. */
export type Ending = () => void | Promise<void>;

export interface LabNetwork {
  readonly port: number;
  /** For processes that shall see the lab as GitHub. */
  readonly environment: LabEnvironment;
  /** Fetches as such a process would. */
  readonly fetch: typeof globalThis.fetch;
  /** What was done otherwise than asked, a sentence each. */
  readonly notes: readonly string[];
}

/** The internet as the lab's jobs see it: listens on 127.0.0.1, and writes what makes processes go through it. */
export async function openNetwork(lab: {
  readonly options: LabOptions;
  readonly folder: string;
  readonly labHost: LabProxyOptions['labHost'];
  readonly direct: RequestListener;
  readonly record: LabProxyOptions['record'];
  /** Where each thing that was started says how to end it. */
  readonly endings: Ending[];
}): Promise<LabNetwork> {
  const { options, folder, endings } = lab;
  const { env } = options.ports;
  const registries = packageRegistries(env);
  const allowed = new Set((options.allow ?? []).map((host) => host.toLowerCase()));
  const authority = await createCertificateAuthority(options.ports);
  const proxy = createLabProxy({
    authority,
    labHost: lab.labHost,
    outside: (host) => (allowed.has(host) ? 'allowed' : registries.has(host) ? 'registry' : undefined),
    direct: lab.direct,
    record: lab.record,
    env,
  });
  endings.push(() => proxy.close());
  const port = await listenOnLoopback(proxy.server, options.port);
  const busy = options.port !== undefined && options.port !== 0 && port !== options.port;
  const gh = await listenForGh(proxy.server, folder);
  if (gh !== undefined) endings.push(gh.close);
  const environment = labEnvironment({ folder, port, authority: authority.certificate, env, gh });
  const { fetch, close } = createLabFetch(port, environment.trustFile);
  endings.push(close);
  const notes = busy ? [`port ${options.port} is busy: the lab listens on ${port}`] : [];
  return { port, environment, fetch, notes };
}
