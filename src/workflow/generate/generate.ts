import type { Config, EnvironmentsConfig } from '../../config/config.ts';
import type { ServicesConfig } from '../../config/services.ts';
import { about } from './about.ts';
import { deliveryWorkflow } from './application/delivery-workflow.ts';
import { hotfixWorkflow } from './application/hotfix-workflow.ts';
import { publishWorkflowFile } from './application/publish-workflow.ts';
import { releaseWorkflow } from './application/release-workflow.ts';
import { securityWorkflow } from './application/security-workflow.ts';
import { ownWorkflow, sharedWorkflow } from './application/service-workflow.ts';
import { dependabotFile } from './dependabot.ts';
import { type GeneratedFile, generatedMark, ownJobs, workflowText } from './generated-file.ts';
import { argocdFiles } from './infra/argocd.ts';
import { button } from './infra/button.ts';
import { buttons } from './infra/buttons.ts';
import { checksWorkflow } from './infra/checks-workflow.ts';
import { controlWorkflows } from './infra/control-workflows.ts';
import { deployWorkflows } from './infra/deploy-workflows.ts';
import { fluxFiles } from './infra/flux.ts';
import { healthWorkflow } from './infra/health-workflow.ts';
import { type Lock, lockPath, renderLock } from './lock.ts';
import { publishWorkflow, workflowFolder } from './names.ts';
import { Pins } from './pins.ts';
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
}

/**
 * The files of a repository: the same bytes from the same configuration, lock and jobs of one's own. `existing` says what
 * a path holds now.
 * @throws NOT_FOUND where the lock has no pin of what is shared by another repository
 */
export function generate(config: Config, lock: Lock, existing: (path: string) => string | undefined): Generated {
  const pins = new Pins(lock);
  const workflows = {
    ...(config.services === undefined ? {} : applicationWorkflows(config.services, pins)),
    ...(config.environments === undefined ? {} : infraWorkflows(config.environments, pins)),
  };
  const others = [
    ...(config.services === undefined ? [] : [dependabotFile(config.services)]),
    ...(config.environments === undefined ? [] : pulledFiles(config.environments)),
  ];
  return collect(workflows, pins, lock, existing, others);
}

/** The workflow that application repositories call where `workflows` names this repository. */
export function generateShared(lock: Lock, existing: (path: string) => string | undefined): Generated {
  const pins = new Pins(lock);
  return collect({ [publishWorkflow]: publishWorkflowFile(sharedWorkflow(pins)) }, pins, lock, existing, []);
}

function collect(
  workflows: Readonly<Record<string, Fields>>,
  pins: Pins,
  lock: Lock,
  existing: (path: string) => string | undefined,
  others: readonly OtherFile[],
): Generated {
  const files = Object.entries(workflows).map(([name, workflow]) => {
    const path = `${workflowFolder}/${name}`;
    const own = ownJobs(existing(path));
    return {
      path,
      text: workflowText(about[name] ?? [], workflow, pins, own, `/${workflowFolder}/${publishWorkflow}`),
    };
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

function applicationWorkflows(config: ServicesConfig, pins: Pins): Readonly<Record<string, Fields>> {
  const workflow =
    config.workflows === undefined ? ownWorkflow(config, pins) : sharedWorkflow(new Pins({ actions: {}, tools: {} }));
  return {
    'delivery.yml': deliveryWorkflow(config, workflow, pins),
    ...(config.workflows === undefined ? { [publishWorkflow]: publishWorkflowFile(workflow) } : {}),
    'hotfix.yml': hotfixWorkflow(config, pins),
    ...(config.release === undefined ? {} : { 'release.yml': releaseWorkflow(config, pins) }),
    ...(config.security === undefined ? {} : { 'security.yml': securityWorkflow(config, config.security, pins) }),
  };
}

function infraWorkflows(config: EnvironmentsConfig, pins: Pins): Readonly<Record<string, Fields>> {
  const runner = runsOn(config.runners.control);
  return {
    'checks.yml': checksWorkflow(config, pins),
    ...deployWorkflows(config, pins),
    ...healthWorkflow(config, pins),
    ...controlWorkflows(config, pins),
    ...Object.fromEntries(Object.entries(buttons(config)).map(([name, one]) => [name, button(one, runner, pins)])),
  };
}
