import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec } from './container-spec.ts';
import { loginEngine } from './engine-cli.ts';
import type { EngineSession } from './engine-session.ts';

export interface PullOptions {
  /** The job's own login, for images of ghcr.io that come without credentials. */
  readonly actor: string;
  readonly token: string;
  /** For the login, which is gone afterwards. */
  readonly temp: string;
}

/** The image, unless it is here already and no registry answers for it. @throws Error in GitHub's words */
export async function pullImage(
  session: EngineSession,
  { image, credentials: given }: Pick<ContainerSpec, 'image' | 'credentials'>,
  { actor, token, temp }: PullOptions,
): Promise<void> {
  const { engine } = session;
  const registry = registryOf(image);
  const credentials = given ?? (registry === 'ghcr.io' ? { username: actor, password: token } : undefined);
  const config = join(temp, `.docker_${randomUUID()}`);
  try {
    if (credentials !== undefined && credentials.username !== '' && credentials.password !== '') {
      mkdirSync(config, { mode: 0o700 });
      await loginEngine(engine, { registry, ...credentials, config });
    }
    const here = (await session.quietly(['image', 'inspect', image])) === 0;
    if (here && registry === 'localhost') return;
    const code = await session.say(pullArguments(engine.name, image, existsSync(config) ? config : undefined));
    if (code !== 0 && !here) throw new Error(`Docker pull failed with exit code ${code}`);
  } finally {
    rmSync(config, { recursive: true, force: true });
  }
}

function pullArguments(engine: string, image: string, config: string | undefined): readonly string[] {
  if (config === undefined) return ['pull', image];
  if (engine === 'podman') return ['pull', '--authfile', `${config}/auth.json`, image];
  return ['--config', config, 'pull', image];
}

/** The registry's host; empty for Docker Hub (DockerUtil.cs). */
function registryOf(image: string): string {
  const parts = image.split('/');
  const [first = ''] = parts;
  return (parts.length === 2 && /[:.]|^localhost$/.test(first)) || parts.length > 2 ? first : '';
}
