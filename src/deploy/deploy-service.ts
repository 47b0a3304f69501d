import type { GitHub } from '../github/client.ts';
import { Masker } from '../github/masks.ts';
import type { Pin } from '../manifest/pin.ts';
import type { Digest } from '../model/digest.ts';
import { type Deploy, type Environment, fillNames } from '../model/environment.ts';
import type { Ports } from '../ports.ts';
import { applyKustomization } from './kubernetes.ts';
import { openRecord } from './open-record.ts';
import { runCommand } from './run-command.ts';
import { runSmoke } from './smoke/run-smoke.ts';
import type { SmokeCheck } from './smoke/smoke-check.ts';
import { waitHealthy } from './wait-healthy.ts';

export interface DeployService {
  readonly service: string;
  readonly environment: Environment;
  readonly deploy: Deploy;
  readonly pin: Pin & { readonly digest: Digest };
  /** `owner/name` of the infra repository, and its commit that pins the release. */
  readonly repository: string;
  readonly commit: string;
  /** Id of a record of the same deployment that a run began and did not end: it goes on with that one. */
  readonly begun?: number | undefined;
  /** URL of the run, for the record. */
  readonly log?: string | undefined;
  /** What it must answer once it is healthy, before it counts as deployed. */
  readonly smoke?: readonly SmokeCheck[];
}

/** Milliseconds that whatever deploys may take, however soon the service has to be healthy afterwards. */
const shortest = 60_000;

/**
 * Deploys one release by the environment's command or kubectl, waits for its health URL, tries its smoke checks, and records all of
 * it as one GitHub deployment: what fails a check was never healthy. Answers why it failed; undefined where it serves.
 */
export async function deployService(ports: Ports, github: GitHub, what: DeployService): Promise<string | undefined> {
  const { service, environment, deploy, pin } = what;
  const [owner = '', repo = ''] = what.repository.split('/');
  const health = deploy.health === undefined ? undefined : fillNames(deploy.health, service, environment);
  const record =
    what.begun ?? (await openRecord(github, { ...what, environment: environment.name, digest: pin.digest }));
  if (record === undefined) return 'GitHub merged instead of recording a deployment';
  const tell = (state: 'in_progress' | 'success' | 'failure', description: string): Promise<unknown> =>
    github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      owner,
      repo,
      deployment_id: record,
      state,
      description: description.slice(0, 140),
      // Other services of the environment stay as they are.
      auto_inactive: false,
      ...(what.log === undefined ? {} : { log_url: what.log }),
      ...(health === undefined ? {} : { environment_url: new URL(health).origin }),
    });
  await tell('in_progress', 'it is being deployed');
  const found =
    (await runDeploy(ports, what, health)) ?? (await judgeHealth(ports, what, health)) ?? (await trySmoke(ports, what));
  const failed = found === undefined ? undefined : maskerOf(ports, deploy).mask(found);
  await tell(failed === undefined ? 'success' : 'failure', failed ?? 'deployed and healthy');
  return failed;
}

/** GitHub hides secrets in logs, and not in what is written to a deployment, which everybody reads who sees the repository. */
function maskerOf({ env }: Pick<Ports, 'env'>, { secrets }: Deploy): Masker {
  const masker = new Masker();
  for (const name of [...secrets, 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    masker.add(env[name] ?? '');
  return masker;
}

async function runDeploy(
  ports: Ports,
  { service, environment, deploy, pin }: DeployService,
  health: string | undefined,
): Promise<string | undefined> {
  // What deploys is the environment's own; what could open pull requests is not its business.
  const { TRUNKLINE_APP_KEY: _key, TRUNKLINE_TOKEN: _token, ...env } = ports.env;
  if (deploy.by === 'kubernetes')
    return applyKustomization(
      { ...ports, env },
      {
        folder: fillNames(deploy.folder, service, environment),
        digest: pin.digest,
        timeout: Math.max(deploy.timeout, shortest),
        ...(deploy.namespace === undefined ? {} : { namespace: fillNames(deploy.namespace, service, environment) }),
      },
    );
  const code = await runCommand({
    command: fillNames(deploy.command, service, environment),
    cwd: ports.cwd,
    env: {
      ...env,
      TRUNKLINE_SERVICE: service,
      TRUNKLINE_ENVIRONMENT: environment.name,
      TRUNKLINE_IMAGE: pin.text,
      TRUNKLINE_DIGEST: pin.digest,
      TRUNKLINE_HEALTH: health ?? '',
    },
    output: ports.stderr,
    timeout: Math.max(deploy.timeout, shortest),
    signal: ports.interrupted,
  });
  if (code === 'late')
    return `the deploy command did not end within ${Math.max(deploy.timeout, shortest) / 1000} s (deploy: timeout)`;
  return code === 0 ? undefined : `the deploy command ended with exit code ${code}`;
}

async function judgeHealth(
  ports: Ports,
  { deploy, pin }: DeployService,
  url: string | undefined,
): Promise<string | undefined> {
  if (url === undefined) return undefined;
  const found = await waitHealthy({ url, timeout: deploy.timeout, digest: pin.digest, ports });
  return found === undefined ? undefined : `expected 200 from ${url} within ${deploy.timeout / 1000} s, found ${found}`;
}

async function trySmoke(
  ports: Ports,
  { service, environment, smoke = [] }: DeployService,
): Promise<string | undefined> {
  if (smoke.length === 0) return undefined;
  const results = await runSmoke(smoke, { service, environment: environment.name }, ports, ports.stderr, (one) => {
    ports.stderr.write(`smoke: ${one.name}: ${one.ok ? 'as expected' : one.differences.join('; ')}\n`);
  });
  const failed = results.find((one) => !one.ok);
  if (failed !== undefined) return `the smoke check "${failed.name}" failed: ${failed.differences.join('; ')}`;
  return results.length === smoke.length ? undefined : 'the smoke checks were interrupted';
}
