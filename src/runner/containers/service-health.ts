import { setTimeout as delay } from 'node:timers/promises';
import type { JobLog } from '../job/job-log.ts';
import type { EngineSession } from './engine-session.ts';

export interface StartedService {
  readonly name: string;
  readonly image: string;
  readonly id: string;
}

/** Waits until the engine's health checks of all services say so. @throws Error in GitHub's words */
export async function waitForServices(
  session: EngineSession,
  services: readonly StartedService[],
  { log, signal }: { readonly log: JobLog; readonly signal: AbortSignal },
): Promise<void> {
  log.line('##[group]Waiting for all services to be ready');
  const sick: string[] = [];
  for (const { name, image, id } of services) {
    const health = await settled(session, name, id, { log, signal });
    if (health === '' || health === 'healthy') log.line(`${name} service is healthy.`);
    else {
      sick.push(name);
      await session.say(['logs', id]);
      log.error(`Failed to initialize container ${image}`);
    }
  }
  log.line('##[endgroup]');
  if (sick.length > 0) throw new Error('One or more containers failed to start.');
}

/** The health once it is no longer `starting`; empty where the image has no check. */
async function settled(
  session: EngineSession,
  name: string,
  id: string,
  { log, signal }: { readonly log: JobLog; readonly signal: AbortSignal },
): Promise<string> {
  const format = '{{if .Config.Healthcheck}}{{.State.Health.Status}}{{end}}';
  const ask = async (): Promise<string> => (await session.ask(['inspect', '--format', format, id])).join('').trim();
  let health = await ask();
  for (let wait = 500; health === 'starting'; wait = Math.min(wait * 2, 8000)) {
    log.line(`${name} service is starting, waiting ${wait / 1000} seconds before checking again.`);
    await delay(wait, undefined, { signal });
    // podman leaves its checks to systemd, which may not be there.
    if (session.engine.name === 'podman') await session.quietly(['healthcheck', 'run', id]);
    health = await ask();
  }
  return health;
}
