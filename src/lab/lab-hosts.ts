import type { RequestListener } from 'node:http';
import { actionsHosts } from '../forge/actions-hosts.ts';
import type { RunningForge } from '../forge/open-forge.ts';
import type { AwsAccounts } from './aws/aws-accounts.ts';
import { awsListener, ecrHost } from './aws/aws-listener.ts';
import type { DeployTarget } from './deploy/deploy-target.ts';
import { deployHost } from './deploy-host.ts';
import { passRequest } from './proxy/lab-proxy.ts';
import { codeloadListener, rawListener } from './source-hosts.ts';

export interface LabHostsOptions {
  readonly forge: RunningForge;
  readonly registryHosts: ReadonlySet<string>;
  /** Makes the registry's listener under one of its names. */
  readonly registry: (host: string) => RequestListener;
  /** GitHub's API, that of its packages included. */
  readonly packages: RequestListener;
  readonly deployTarget: () => DeployTarget | undefined;
  readonly aws: AwsAccounts;
  /** Who certifies, logs and times signatures. */
  readonly sigstore: ReadonlyMap<string, RequestListener>;
}

/** Who answers for which host: GitHub's own, the registry, the deploy target, and whatever was deployed. */
export function labHosts(options: LabHostsOptions): (host: string) => RequestListener | undefined {
  const { forge } = options;
  const fixed = new Map<string, RequestListener>([
    ['github.com', forge.listener],
    ['api.github.com', options.packages],
    ['uploads.github.com', forge.listener],
    ...actionsHosts.map((host): [string, RequestListener] => [host, forge.listener]),
    ['raw.githubusercontent.com', rawListener(forge)],
    ['codeload.github.com', codeloadListener(forge)],
    ...options.sigstore,
    [deployHost, (message, response) => options.deployTarget()?.listener(message, response)],
    ...[...options.registryHosts].map((host): [string, RequestListener] => [host, options.registry(host)]),
  ]);
  return (host) => {
    const known = fixed.get(host);
    if (known !== undefined) return known;
    if (ecrHost.test(host)) return options.registry(host);
    const amazon = awsListener(options.aws, host);
    if (amazon !== undefined) return amazon;
    const port = options.deployTarget()?.portOf(host);
    return port === undefined ? undefined : (message, response) => passRequest(message, response, { port });
  };
}
