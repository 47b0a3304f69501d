import type { Ports } from '../ports.ts';
import type { RunService } from '../protocol/run-service.ts';
import type { ServiceTable } from '../runner/services/configured-services.ts';
import type { AwsRoles } from './aws/read-roles.ts';

export interface LabOptions {
  /** Without `fetch`, webhooks are recorded and not delivered. */
  readonly ports: Pick<Ports, 'clock' | 'random' | 'env'> & Partial<Pick<Ports, 'fetch'>>;
  /** Keeps everything; opened again, the lab goes on where it was. Without it: a temporary one, removed by `close`. */
  readonly folder?: string;
  /** Where the lab listens on 127.0.0.1; when it is busy another is taken, and `notes` says so. */
  readonly port?: number;
  /** How many jobs run at once; one per core by default. */
  readonly parallel?: number;
  /** Labels of `runs-on` that this machine takes besides ubuntu's: `self-hosted`. */
  readonly labels?: readonly string[];
  /** Programs of this machine that stand for services' images where no container engine answers. */
  readonly services?: ServiceTable;
  /** Names, besides ghcr.io, under which the lab's registry answers: `123456789012.dkr.ecr.eu-west-1.amazonaws.com`. */
  readonly registryHosts?: readonly string[];
  /** Hosts that jobs and webhooks may reach besides the lab's own and (jobs alone) the package registries. */
  readonly allow?: readonly string[];
  /** Lets image builds run `RUN` on this machine, outside any container. */
  readonly allowHostRun?: boolean;
  /** Refuses requests beyond GitHub's rate limits. */
  readonly rateLimits?: boolean;
  /** Leaves container engines alone: every image is packed by the lab, without its base. */
  readonly standInBuilds?: boolean;
  /** A folder of published actions, as `owner/repo`. */
  readonly actions?: string;
  /** Runs the published code even of actions that the lab has built in. */
  readonly realActions?: boolean;
  /** Where actions that were fetched from github.com are kept, and taken from at any later time. */
  readonly actionCache?: string;
  /** Fetches actions that are nowhere else from github.com into the cache. */
  readonly fetchActions?: boolean;
  /** Trust policies of AWS roles, by ARN, that jobs' OIDC tokens are judged by; no other role is there then. */
  readonly awsRoles?: AwsRoles;
  /** Lets `on: schedule` come round by the clock. */
  readonly schedules?: boolean;
  /** Leaves the folders of finished jobs. */
  readonly keepJobs?: boolean;
  /** So many Apps will be made: their keys are begun first of all. */
  readonly expectedApps?: number;
  /** Told what goes wrong in the lab itself while it is open, a sentence each: a full disk, a fault of ours. */
  readonly log?: (text: string) => void;
  /** Stands between runner and forge: what it answers instead is what runs. */
  readonly service?: (service: RunService) => RunService;
  /** What a cancelled process gets before the next signal, in milliseconds. */
  readonly grace?: { readonly interrupt: number; readonly terminate: number };
  /** Forks and mirrors → the published actions that they hold, by lower-case names. */
  readonly mirrors?: ReadonlyMap<string, string>;
  /** The folder of the package that `uses: trunkline/trunkline@…` runs; by default the one that runs now. */
  readonly packageFolder?: string;
}
