import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RunningForge } from '../forge/open-forge.ts';
import { repositoryCalled } from '../forge/permissions.ts';
import type { Report } from '../protocol/report.ts';
import { once } from '../runner/once.ts';
import { type Runner, startRunner } from '../runner/runner.ts';
import { actionSources } from './action-sources.ts';
import type { AwsAccounts } from './aws/aws-accounts.ts';
import { findEngine } from './engine/container-engine.ts';
import type { LabMark } from './lab-mark.ts';
import type { LabNetwork } from './lab-network.ts';
import type { LabOptions } from './lab-options.ts';
import { labUrls } from './lab-urls.ts';
import { writePrograms } from './programs/write-programs.ts';
import { trustedRootFile } from './sigstore/sigstore-services.ts';
import { standIns } from './stand-ins/stand-ins.ts';
import { commandFile, trunklineAction, trunklineSetup } from './trunkline-action.ts';

/** The runner with what a lab gives it: actions from its sources, built-ins and stand-ins, programs, and its environment. */
export async function startLabRunner(lab: {
  readonly options: LabOptions;
  readonly folder: string;
  readonly forge: RunningForge;
  readonly network: LabNetwork;
  readonly mark: LabMark;
  readonly aws: AwsAccounts;
  /** Names that the lab answers for. */
  readonly hosts: readonly string[];
  /** Told of each host that an action was fetched from. */
  readonly fetched: (host: string) => void;
  readonly report: (report: Report) => void;
}): Promise<Runner> {
  const { options, folder, forge, network, mark } = lab;
  const { ports } = options;
  const launched = { hosts: [...lab.hosts], compileCache: join(folder, 'compile-cache') };
  const programs = await writePrograms({
    folder: join(folder, 'programs'),
    launched: { ...launched, main: commandFile(options.packageFolder) },
    path: ports.env['PATH'],
    isRepository: (name) => repositoryCalled(forge.forge, name.toLowerCase()) !== undefined,
  });
  const engineEnv = { ...ports.env, ...mark.env };
  return startRunner({
    service: options.service?.(forge.runs) ?? forge.runs,
    ports,
    folder: join(folder, 'runner'),
    parallel: options.parallel ?? availableParallelism(),
    labels: options.labels ?? [],
    engine: once(async () => findEngine(engineEnv, ['docker', 'podman'])),
    services: options.services ?? {},
    urls: {
      server: labUrls.html,
      api: labUrls.api,
      graphql: labUrls.graphql,
      git: `http://127.0.0.1:${network.port}`,
    },
    jobEnv: () => ({
      ...network.environment.forJobs,
      ...mark.env,
      PATH: programs.path,
      TRUNKLINE_TRUSTED_ROOT: trustedRootFile(folder),
    }),
    replaceScript: programs.replaceScript,
    actions: [trunklineAction(options.packageFolder), ...actionSources(options, lab.fetched)],
    builtIns: new Map([
      ['trunkline/trunkline', trunklineSetup(launched, options.packageFolder)],
      ...standIns(
        {
          fetch: network.fetch,
          clock: ports.clock,
          allowHostRun: options.allowHostRun ?? false,
          engine: once(async () => (options.standInBuilds === true ? undefined : findEngine(engineEnv))),
        },
        lab.aws,
      ),
    ]),
    report: lab.report,
    ...(options.realActions === undefined ? {} : { realActions: options.realActions }),
    ...(options.mirrors === undefined ? {} : { mirrors: options.mirrors }),
    ...(options.keepJobs === undefined ? {} : { keepJobs: options.keepJobs }),
    ...(options.grace === undefined ? {} : { grace: options.grace }),
  });
}
