import { TrunklineError } from '../../errors.ts';
import type { Fidelity } from '../../protocol/run.ts';
import type { Job } from '../../workflow/model.ts';
import { engineHint } from '../containers/container-engine.ts';
import { containerSpec, serviceSpecs } from '../containers/container-spec.ts';
import type { JobContainers } from '../containers/job-containers.ts';
import type { ServiceTable } from '../services/configured-services.ts';
import { serviceProgram } from '../services/local-services.ts';
import { startProgram } from '../services/start-program.ts';
import { type Evaluation, evaluateValue } from './evaluation.ts';
import type { JobSession } from './job-session.ts';

/**
 * `container:` and `services:` of a job, by the engine that answers; without one, programs of this machine stand for
 * the services. What was started ends with the job.
 * @throws UNSUPPORTED, and what keeps one from starting
 */
export async function startContainers(
  session: JobSession,
  definition: Job,
  evaluation: Evaluation,
  table: ServiceTable,
): Promise<Fidelity> {
  const container = containerSpec(evaluateValue(definition.container, evaluation));
  const services = serviceSpecs(evaluateValue(definition.services, evaluation));
  for (const [, spec] of [...services, ...(container === undefined ? [] : [['', container] as const])]) {
    if (spec.credentials !== undefined) session.masker.add(spec.credentials.password);
  }
  if (container === undefined && services.length === 0) return 'real';
  const containers = await session.containers();
  if (containers !== undefined) {
    await startAll(session, containers, container, services);
    return 'real';
  }
  if (container !== undefined) {
    throw new TrunklineError(
      'UNSUPPORTED',
      `no container engine answers here, which \`container: ${container.image}\` of job ${session.job.name} needs`,
      { hint: engineHint },
    );
  }
  await startPrograms(session, services, table);
  return 'stand-in';
}

type Services = ReturnType<typeof serviceSpecs>;

async function startAll(
  session: JobSession,
  containers: JobContainers,
  container: ReturnType<typeof containerSpec>,
  services: Services,
): Promise<void> {
  const started = [];
  if (container !== undefined) await containers.startJob(container);
  for (const [name, spec] of services) started.push([name, spec, await containers.startService(name, spec)] as const);
  showServices(session, Object.fromEntries(started.map(([name, , context]) => [name, context])));
  await containers.waitForServices(started.map(([name, { image }, { id }]) => ({ name, image, id })));
  if (container === undefined) return;
  session.inContainer = containers;
  const network = await containers.networkName();
  Object.assign(session.contexts['job'] as object, { container: { id: containers.job?.id, network } });
}

async function startPrograms(session: JobSession, services: Services, table: ServiceTable): Promise<void> {
  const { log, base } = session;
  const own = Object.entries(base).filter(([name]) => !/^(?:GITHUB|HOME|TMPDIR|CI$)/.test(name));
  const shown: Record<string, unknown> = {};
  for (const [name, spec] of services) {
    const program = serviceProgram(name, spec, table);
    log.line(`##[group]Starting ${name} service`);
    log.line(`stand-in: a program of this machine takes the place of ${spec.image}`);
    const running = await startProgram({
      name,
      spec,
      program,
      env: Object.fromEntries(own),
      signal: session.cancel,
      log: (line) => log.line(line),
    });
    session.endings.push(async () => {
      log.line(`Print service logs: ${name}`);
      log.lines(running.printed());
      await running.stop();
    });
    for (const [port, host] of Object.entries(running.ports)) log.line(`${port} -> 127.0.0.1:${host}`);
    await running.healthy();
    log.line(`${name} service is healthy.`);
    log.line('##[endgroup]');
    shown[name] = { id: `${name}-${session.job.id}`, ports: running.ports, network: 'host' };
  }
  showServices(session, shown);
}

/** `job.services`, from now on. */
function showServices(session: JobSession, services: Readonly<Record<string, unknown>>): void {
  Object.assign(session.contexts['job'] as object, { services });
}
