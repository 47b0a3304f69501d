import { type Config, configPath, type EnvironmentsConfig } from '../../config/config.ts';
import type { ServicesConfig } from '../../config/services.ts';
import { lockedSigners } from '../../config/shared-workflow.ts';
import { TrunklineError } from '../../errors.ts';
import { about } from './about.ts';
import { deliveryWorkflow } from './application/delivery-workflow.ts';
import { hotfixWorkflow } from './application/hotfix-workflow.ts';
import { pruneWorkflow } from './application/prune-workflow.ts';
import { publishWorkflowFile } from './application/publish-workflow.ts';
import { releaseWorkflow } from './application/release-workflow.ts';
import { securityWorkflow } from './application/security-workflow.ts';
import { ownWorkflow, sharedWorkflow } from './application/service-workflow.ts';
import { dependabotFile } from './dependabot.ts';
import { type GeneratedFile, generatedMark, ownJobsPlace, ownText, workflowText } from './generated-file.ts';
import { argocdFiles, freezesWithoutWindow } from './infra/argocd.ts';
import { button } from './infra/button.ts';
import { buttons } from './infra/buttons.ts';
import { checksWorkflow } from './infra/checks-workflow.ts';
import { controlWorkflows } from './infra/control-workflows.ts';
import { deployWorkflows } from './infra/deploy-workflows.ts';
import { fluxFiles } from './infra/flux.ts';
import { healthWorkflow } from './infra/health-workflow.ts';
import { type Lock, lockPath, renderLock } from './lock.ts';
import { publishWorkflow, workflowFolder } from './names.ts';
import { type OwnJob, readOwnJobs } from './own-jobs.ts';
import { type Mirrors, Pins } from './pins.ts';
import { type Fields, renderYaml } from './render-yaml.ts';
import { runsOn } from './steps.ts';

interface OtherFile {
  readonly path: string;
  readonly about: readonly string[];
  readonly value: Fields;
}

export interface Generated {
  /** In the order of their paths. */
  readonly files: readonly GeneratedFile[];
  /** Actions that no commit is known of. */
  readonly unresolved: readonly string[];
  /** What the configuration says and no file can. */
  readonly unsaid: readonly string[];
}

type Existing = (path: string) => string | undefined;

/**
 * The files of a repository: the same bytes from the same configuration, lock and jobs of one's own. `existing` says what
 * a path holds now; `eject`, that they are not going to be generated again, and do not compare themselves with what would be.
 * @throws NOT_FOUND where the lock has no pin of what is shared by another repository
 * @throws WORKFLOW_INVALID where something else than jobs stands in their place
 */
export function generate(config: Config, lock: Lock, existing: Existing, { eject = false } = {}): Generated {
  const pins = new Pins(lock, mirrorsOf(config));
  const own = (name: string): readonly OwnJob[] => readOwnJobs(pathOf(name), existing(pathOf(name)));
  if (config.environments !== undefined) requireSigners(config.environments, pins);
  const workflows = {
    ...(config.services === undefined ? {} : applicationWorkflows(config.services, pins, own)),
    ...(config.environments === undefined ? {} : infraWorkflows(config.environments, pins, { own, current: !eject })),
  };
  const others = [
    ...(config.services === undefined ? [] : [dependabotFile(config.services)]),
    ...(config.environments === undefined ? [] : pulledFiles(config.environments)),
  ];
  const unsaid = config.environments === undefined ? [] : freezesWithoutWindow(config.environments);
  return { ...collect(workflows, pins, lock, existing, others), unsaid };
}

/** The workflow that application repositories call where `workflows` names this repository. */
export function generateShared(lock: Lock, existing: Existing, mirrors: Mirrors = {}): Generated {
  const pins = new Pins(lock, mirrors);
  const own = readOwnJobs(pathOf(publishWorkflow), existing(pathOf(publishWorkflow)));
  return collect({ [publishWorkflow]: publishWorkflowFile(sharedWorkflow(pins, own)) }, pins, lock, existing, []);
}

/** @throws CONFIG_INVALID where both kinds of a file say something else of one action */
function mirrorsOf({ services, environments }: Config): Mirrors {
  const [one, other] = [services?.actions ?? {}, environments?.actions ?? {}];
  const torn = Object.keys(one).find((name) => (other[name] ?? one[name]) !== one[name]);
  if (torn === undefined) return { ...one, ...other };
  throw new TrunklineError(
    'CONFIG_INVALID',
    `actions.${torn}: expected one repository, found ${one[torn]} and ${other[torn]}: both kinds share one trunkline.lock`,
    { location: { file: configPath } },
  );
}

/** Versions of workflows that sign for others' repositories stand in the lock as well. */
function requireSigners({ accept }: EnvironmentsConfig, pins: Pins): void {
  for (const repository of lockedSigners(accept)) pins.require(repository);
}

function pathOf(name: string): string {
  return `${workflowFolder}/${name}`;
}

function collect(
  workflows: Readonly<Record<string, Fields>>,
  pins: Pins,
  lock: Lock,
  existing: Existing,
  others: readonly OtherFile[],
): Generated {
  const files = Object.entries(workflows).map(([name, workflow]) => {
    const path = pathOf(name);
    const own = ownText(existing(path), ownJobsPlace);
    return { path, text: workflowText(about[name] ?? [], workflow, pins, own, `/${pathOf(publishWorkflow)}`) };
  });
  const used = pins.used();
  const kept = {
    actions: { ...lock.actions, ...used.actions },
    tools: { ...lock.tools, ...used.tools },
  };
  return {
    files: [
      ...files,
      ...others.map(({ path, about: said, value }) => ({
        path,
        text: renderYaml([generatedMark, ...said], value, { apart: [] }),
      })),
      { path: lockPath, text: renderLock(kept) },
    ].sort((one, other) => (one.path < other.path ? -1 : 1)),
    unresolved: pins.unresolved(),
    unsaid: [],
  };
}

/** What agents in clusters apply. */
function pulledFiles(config: EnvironmentsConfig): readonly OtherFile[] {
  return Object.entries({ ...argocdFiles(config), ...fluxFiles(config) }).map(([path, value]) => ({
    path,
    about: [],
    value,
  }));
}

function applicationWorkflows(
  config: ServicesConfig,
  pins: Pins,
  own: (name: string) => readonly OwnJob[],
): Readonly<Record<string, Fields>> {
  const workflow =
    config.workflows === undefined
      ? ownWorkflow(config, pins, own(publishWorkflow))
      : sharedWorkflow(new Pins({ actions: {}, tools: {} }));
  return {
    'delivery.yml': deliveryWorkflow(config, workflow, pins),
    ...(config.workflows === undefined ? { [publishWorkflow]: publishWorkflowFile(workflow) } : {}),
    'hotfix.yml': hotfixWorkflow(config, pins),
    ...(config.release === undefined ? {} : { 'release.yml': releaseWorkflow(config, pins) }),
    ...(config.prune === undefined ? {} : { 'prune.yml': pruneWorkflow(config, config.prune, pins) }),
    ...(config.security === undefined ? {} : { 'security.yml': securityWorkflow(config, config.security, pins) }),
  };
}

function infraWorkflows(
  config: EnvironmentsConfig,
  pins: Pins,
  { own, current }: { readonly own: (name: string) => readonly OwnJob[]; readonly current: boolean },
): Readonly<Record<string, Fields>> {
  const runner = runsOn(config.runners.control);
  return {
    'checks.yml': checksWorkflow(config, pins, { own: own('checks.yml'), current }),
    ...deployWorkflows(config, pins),
    ...healthWorkflow(config, pins),
    ...controlWorkflows(config, pins, { current }),
    ...Object.fromEntries(Object.entries(buttons(config)).map(([name, one]) => [name, button(one, runner, pins)])),
  };
}
