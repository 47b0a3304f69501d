import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type Config,
  calendarFiles,
  configPath,
  type EnvironmentsConfig,
  hotfixesPath,
  manifestFiles,
  smokePath,
} from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { requireWhole } from '../../delivery/apart.ts';
import { findEnvironment, joinPlans, requireService } from '../../delivery/change.ts';
import type { Plan } from '../../delivery/plan.ts';
import { refuseDeploy } from '../../delivery/policy/deploy-gates.ts';
import { parseHotfixes } from '../../delivery/records.ts';
import type { Deployed } from '../../delivery/state.ts';
import { deployService } from '../../deploy/deploy-service.ts';
import { parseSmoke } from '../../deploy/smoke/parse-smoke.ts';
import { readSmokeFile } from '../../deploy/smoke/read-smoke-file.ts';
import type { SmokeCheck } from '../../deploy/smoke/smoke-check.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import { readCredentials } from '../../github/credentials.ts';
import { readRun } from '../../github/run.ts';
import type { Environment } from '../../model/environment.ts';
import type { Ports } from '../../ports.ts';
import { readDeployments } from '../../state/deployments.ts';
import { reachBack } from '../../state/older-deployments.ts';
import { readOverride } from '../../state/read-override.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, openSession, readLocal, type Session } from '../delivery/session.ts';
import { readLock } from '../read-lock.ts';
import { askAgent } from './deploy/ask-agent.ts';
import { requireOnDefaultBranch } from './deploy/on-default-branch.ts';
import { type DeployResult, reportDeploy } from './deploy/report-deploy.ts';
import { stillPinned } from './deploy/still-pinned.ts';
import {
  begunRecord,
  failedBy,
  isBy,
  isThere,
  type Tagged,
  type Wanted,
  whatIsPinned,
} from './deploy/what-is-pinned.ts';
import { loadVerification } from './sign/verification.ts';

interface DeployOptions extends CommonOptions {
  readonly environment: string;
  readonly service?: string;
  readonly force?: boolean;
  /** A file of checks, or true for the usual one. */
  readonly smoke?: string | true;
}

export function deployCommand(ports: Ports): Command {
  return deliveryCommand(
    'deploy',
    'deploy the services whose pin changed since the last deployment that was healthy',
    'trunkline ci deploy --environment prod',
  )
    .requiredOption('--environment <name>', 'which one')
    .option('--service <name>', 'only this one')
    .option('--force', 'also what is deployed already')
    .option('--smoke [file]', `then try the smoke checks: what fails them was never healthy (default: ${smokePath})`)
    .action(async (options: DeployOptions) => {
      const config = requireEnvironments(readLocal(ports.cwd));
      const environment = findEnvironment({ config }, options.environment);
      const { deploy, pull } = environment;
      if (deploy === undefined && pull === undefined) {
        throw new TrunklineError(
          'CONFIG_INVALID',
          `expected a deploy command for ${environment.name} in ${configPath}, found none`,
          { hint: 'add, for example: deploy: { command: ./deploy.sh }' },
        );
      }
      if (options.service !== undefined) requireService({ config }, options.service);
      const smoke = smokeOf(ports, options);
      const session = await openSession(ports, options, readCredentials(ports.env, 'job'));
      const commit = await git(['rev-parse', 'HEAD'], { cwd: ports.cwd });
      const onto = await requireOnDefaultBranch(session.github, session.repository, commit);
      const { branch } = onto;
      const places = [environment.name, ...(environment.from === undefined ? [] : [environment.from])];
      const { pinned, tagged, faulty } = whatIsPinned(ports.cwd, config, environment.name, options.service);
      const newest = await reachBack(
        session.github,
        await readDeployments(session.github, session.repository, places),
        [...pinned, ...tagged].map(({ service }) => ({ service, environment: environment.name })),
      );
      const left = joinPlans([faulty, leaveTags(ports, newest.deployments, environment, tagged, options)]);
      const changed = pinned.filter((one) => options.force === true || !isThere(newest.deployments, environment, one));
      const { wanted, overtaken } = onto.newest
        ? { wanted: changed, overtaken: [] }
        : await stillPinned(session.github, { ...session, branch }, config, environment.name, changed);
      const { deployments } = await reachBack(
        session.github,
        newest,
        wanted.flatMap(({ service, pin: { digest } }) =>
          places.map((place) => ({
            service,
            environment: place,
            enough: (records) => records.some((one) => one.digest === digest),
          })),
        ),
      );
      await refuseUnfit(ports, session, config, environment, commit, deployments, wanted);
      await requireSigned(ports, config, environment, wanted);
      if (options.dryRun === true) {
        ports.stdout.write(
          options.json === true
            ? `${JSON.stringify({ dryRun: true, deploy: wanted }, undefined, 2)}\n`
            : wanted
                .map(({ service, pin }) => `would deploy ${service} ${pin.text} to ${environment.name}\n`)
                .join('') || 'Nothing to do.\n',
        );
        return requireWhole(left);
      }
      if (deploy === undefined) {
        await askAgent(ports, session, environment, { commit, branch, wanted }, options);
        return requireWhole(left);
      }
      const results: DeployResult[] = [];
      for (const { service, pin } of wanted) {
        ports.stderr.write(`deploying ${service} ${pin.text} to ${environment.name}\n`);
        const log = readRun(ports.env).runUrl;
        const failure = await deployService(ports, session.github, {
          service,
          environment,
          deploy,
          pin,
          repository: session.repository,
          commit,
          begun: begunRecord(newest.deployments, environment, commit, { service, pin }),
          log,
          ...(smoke === undefined ? {} : { smoke: smoke(service) }),
        });
        results.push({ service, digest: pin.digest, image: pin.image, failure });
        ports.interrupted.throwIfAborted();
      }
      const before = pinned
        .filter((one) => !changed.includes(one) && isBy(newest.deployments, environment, one, commit))
        .map(({ service, pin: { digest, image } }) => ({ service, digest, image }));
      reportDeploy(
        ports,
        {
          environment: environment.name,
          results,
          before,
          overtaken: overtaken.map((one) => ({
            ...one,
            failed: failedBy(newest.deployments, environment, one, commit),
          })),
        },
        options,
      );
      requireWhole(left);
    });
}

/** The checks of a service; a file that is not there is no reason to pass. @throws NOT_FOUND, CONFIG_INVALID */
function smokeOf(
  ports: Ports,
  { smoke, environment }: DeployOptions,
): ((service: string) => readonly SmokeCheck[]) | undefined {
  if (smoke === undefined) return undefined;
  const file = smoke === true ? smokePath : smoke;
  const text = readSmokeFile(ports.cwd, file);
  return (service) => parseSmoke(file, text, { service, environment });
}

/** What was right when it was merged is judged again when it is deployed. @throws POLICY_REFUSED */
async function refuseUnfit(
  ports: Ports,
  session: Session,
  config: EnvironmentsConfig,
  environment: Environment,
  commit: string,
  deployments: readonly Deployed[],
  wanted: readonly Wanted[],
): Promise<void> {
  const read = (path: string): readonly [string, string][] =>
    existsSync(join(ports.cwd, path)) ? [[path, readFileSync(join(ports.cwd, path), 'utf8')]] : [];
  const files = new Map([...manifestFiles(config), ...calendarFiles(config), hotfixesPath].flatMap(read));
  const facts = {
    config,
    files,
    hotfixes: parseHotfixes(files.get(hotfixesPath)),
    deployments,
    now: ports.clock.now(),
  };
  const refused = wanted.flatMap(({ service, pin }) => {
    const found = refuseDeploy(facts, service, environment, pin.digest);
    return found === undefined ? [] : [{ service, ...found }];
  });
  const frozen = refused.some((one) => one.gate === 'freeze');
  const overridden = frozen && (await readOverride(session.github, session.repository, commit));
  const [first, ...rest] = refused.filter((one) => one.gate !== 'freeze' || !overridden);
  if (first === undefined) return;
  throw new TrunklineError(
    'POLICY_REFUSED',
    [first, ...rest]
      .map(({ service, reason }) => `${service} in ${environment.name} may not be deployed now: ${reason}`)
      .join('\n'),
    first.gate === 'freeze' ? { hint: 'run the job again when the freeze is over' } : {},
  );
}

/** Whatever its pull request was judged by: what runs is what its repository's signer built. @throws SIGNATURE_REFUSED */
async function requireSigned(
  ports: Ports,
  config: EnvironmentsConfig,
  environment: Environment,
  wanted: readonly Wanted[],
): Promise<void> {
  if (config.accept.every((one) => one.verify.length === 0)) return;
  const { refuseUnsigned, registryFor, trustedRoots } = await loadVerification();
  const verification = {
    registry: registryFor(ports),
    trusted: trustedRoots(ports),
    lock: readLock(ports.cwd),
  };
  const pins = wanted.map(({ service, pin: { digest, image } }) => ({
    service,
    digest,
    ...(image === undefined ? {} : { image }),
  }));
  const refused = await refuseUnsigned(verification, config, pins);
  if (refused.length === 0) return;
  throw new TrunklineError(
    'SIGNATURE_REFUSED',
    refused.map(({ service, reason }) => `${service} in ${environment.name} may not be deployed: ${reason}`).join('\n'),
    { hint: 'what must be signed, and by whom, stands in trunkline.yaml under accept' },
  );
}

/** @throws CONFIG_INVALID */
export function requireEnvironments(local: string | undefined): EnvironmentsConfig {
  const config: Config = local === undefined ? {} : parseConfig(configPath, local);
  if (config.environments !== undefined) return config.environments;
  throw new TrunklineError(
    'CONFIG_INVALID',
    `expected ${configPath} with kind: Environments in this folder, found ${local === undefined ? 'no such file' : 'none'}`,
    {
      hint: 'run this in a checkout of the infra repository',
    },
  );
}

/** Tags from the time before wait for their first release: others are not held up by them. */
function leaveTags(
  ports: Ports,
  deployments: readonly Deployed[],
  environment: Environment,
  tagged: readonly Tagged[],
  options: DeployOptions,
): Plan {
  const problems = tagged.flatMap(({ service, file, text }): Problem[] => {
    const ran = deployments.some((one) => one.service === service && one.environment === environment.name);
    if (ran || options.service !== undefined)
      return [
        {
          code: 'MANIFEST_INVALID',
          message: `expected ${service} in ${file} by digest, found "${text}"`,
          location: { file },
        },
      ];
    ports.stderr.write(`${service} in ${environment.name}: left as it is, ${text} is a tag and no release yet\n`);
    return [];
  });
  return { operations: [], reasons: [], problems };
}
