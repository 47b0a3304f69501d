import type { Gates } from './gates.ts';

/** A place a release runs; a GitHub Environment of the same name guards it. */
export interface Environment {
  readonly name: string;
  /** Where it runs, for texts with `{region}`. */
  readonly region?: string;
  /** The branch whose published releases arrive here by bump; a route may lead here instead. Never with `from`. */
  readonly track?: string;
  /** The environment whose releases may be promoted here. */
  readonly from?: string;
  /** Whether pull requests merge by themselves once their checks pass. */
  readonly merge: 'auto' | 'manual';
  /** Team slug → approvals wanted of it; `owner` stands for the team that owns the service. */
  readonly approve: Readonly<Record<string, number>>;
  /** The group of environments (regions, waves) with which it shares approvals and gates. */
  readonly group?: string;
  readonly gates: Gates;
  /** `when-busy`: under load several services' bumps share a pull request, one commit for each. */
  readonly batch: 'when-busy' | 'off';
  /** What follows a failed deploy: a pull request that merges by the environment's rules, by an exempt App, or nothing. */
  readonly rollback: 'propose' | 'automatic' | 'off';
  /** Push mode: a job brings releases in. */
  readonly deploy?: Deploy;
  /** Pull mode: an agent in the cluster does. */
  readonly pull?: Pull;
  /** What the deploy job assumes at AWS. */
  readonly aws?: { readonly role: string; readonly region: string };
  /** Slugs of teams, one of whose members has to let each deploy job go. */
  readonly reviewers?: readonly string[];
  /** How long each deploy job waits, in milliseconds. */
  readonly wait?: number;
}

/** How a job brings a release into an environment. Names are filled in in every text (`fillNames`). */
export type Deploy = DeployHealth &
  (
    | {
        readonly by: 'command';
        /** Run by the shell in the infra repository, values in TRUNKLINE_* variables. */
        readonly command: string;
      }
    | {
        readonly by: 'kubernetes';
        /** Of the infra repository, applied with `kubectl apply -k`. */
        readonly folder: string;
        /** Instead of what the manifests say. */
        readonly namespace?: string;
      }
  );

export interface DeployHealth {
  /** Names of secrets of the GitHub environment that it gets. */
  readonly secrets: readonly string[];
  /** Answers 200 once the release serves. */
  readonly health?: string;
  /** Whether the checks in .trunkline/smoke.yaml have to hold as well. */
  readonly smoke?: boolean;
  /** How long the service may take to become healthy, in milliseconds; what deploys it may take as long, and a minute at least. */
  readonly timeout: number;
}

/** An agent that watches the infra repository. Names are filled in in name and namespace (`fillNames`). */
export type Pull = PullReporter & Agent;

export interface PullReporter {
  /** The login under which it tells GitHub how a release is; whoever can, where it is not said. */
  readonly reporter?: string;
}

type Agent =
  | {
      readonly by: 'argocd';
      /** Of the Application. */
      readonly name: string;
      readonly namespace: string;
      readonly cluster: string;
      /** The AppProject; the name of the infra repository unless said. */
      readonly project?: string;
    }
  | {
      readonly by: 'flux';
      /** Of the Kustomization. */
      readonly name: string;
      readonly namespace: string;
      /** How often it looks, in milliseconds. */
      readonly interval: number;
    };

/**
 * A text with the names of a service and an environment in it: `{service}`, `{environment}`, `{region}`, and `{group}`, which
 * for an environment without one is the environment. `change` makes them fit for where they go. A shell's `${service}` stays.
 */
export function fillNames(
  template: string,
  service: string,
  environment: Pick<Environment, 'name' | 'region' | 'group'>,
  change: (name: string) => string = (name) => name,
): string {
  const { name, region = '', group = name } = environment;
  const names: Readonly<Record<string, string>> = { service, environment: name, region, group };
  return template.replaceAll(/(?<!\$)\{(service|environment|region|group)\}/g, (_, key: string) =>
    change(names[key] ?? ''),
  );
}
