import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerCredentials } from '../../registry/docker-credentials.ts';
import type { Credentials } from '../../registry/registry-client.ts';
import type { ActionCall } from '../../runner/actions/action.ts';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
}

/** Where docker keeps logins: the job's own home, so that jobs do not see each other's. */
function configFile(call: ActionCall): { folder: string; file: string } {
  const folder = call.env['DOCKER_CONFIG'] ?? join(call.env['HOME'] ?? call.temp, '.docker');
  return { folder, file: join(folder, 'config.json') };
}

async function readConfig(call: ActionCall): Promise<DockerConfig> {
  const text = await readFile(configFile(call).file, 'utf8').catch(() => '{}');
  return JSON.parse(text) as DockerConfig;
}

/** What `docker login` kept for the registry. */
export function loginOf(call: ActionCall, registry: string): Credentials | undefined {
  return dockerCredentials({ DOCKER_CONFIG: configFile(call).folder })(registry);
}

/** Keeps a login as `docker login` does, or with undefined takes it away as `docker logout` does. */
export async function keepLogin(call: ActionCall, registry: string, login: Credentials | undefined): Promise<void> {
  const config = await readConfig(call);
  const { [registry]: _, ...others } = config.auths ?? {};
  const auth = login === undefined ? undefined : Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const auths = auth === undefined ? others : { ...others, [registry]: { auth } };
  const { folder, file } = configFile(call);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.part`, JSON.stringify({ ...config, auths }, undefined, 2), { mode: 0o600 });
  await rename(`${file}.part`, file);
}
