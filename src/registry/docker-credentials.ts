import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrunklineError } from '../errors.ts';
import type { Credentials } from './registry-client.ts';

interface Login {
  readonly auth?: string;
  readonly identitytoken?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, Login>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub's name in docker's own file. */
const hub = 'https://index.docker.io/v1/';
const patience = 20_000;

/**
 * What `docker login` and its credential helpers (ECR's, say) know, by registry. Nothing is asked before it is needed.
 * @throws INPUT_INVALID for a file that is no JSON
 */
export function dockerCredentials(
  env: Readonly<Record<string, string | undefined>>,
): (registry: string) => Credentials | undefined {
  let config: DockerConfig | undefined;
  return (registry) => {
    config ??= readConfig(env);
    const names = registry === 'registry-1.docker.io' ? [hub, 'docker.io'] : [registry, `https://${registry}`];
    for (const name of names) {
      const { credHelpers, credsStore, auths } = config;
      const helper = credHelpers?.[name] ?? credsStore;
      const found = (helper === undefined ? undefined : ask(helper, name, env)) ?? decode(auths?.[name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function readConfig(env: Readonly<Record<string, string | undefined>>): DockerConfig {
  const file = join(env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '', '.docker'), 'config.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    throw new TrunklineError('INPUT_INVALID', 'expected JSON as docker writes it, found something else', {
      location: { file },
      hint: 'log in again: docker login',
    });
  }
}

function decode({ auth = '', identitytoken: identityToken = '' }: Login = {}): Credentials | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at === -1) return undefined;
  const login = { username: text.slice(0, at), password: text.slice(at + 1) };
  return identityToken === '' ? login : { ...login, identityToken };
}

/** github.com/docker/docker-credential-helpers: the registry goes in, JSON comes out; no secret is an argument. */
function ask(
  helper: string,
  registry: string,
  env: Readonly<Record<string, string | undefined>>,
): Credentials | undefined {
  if (!/^[\w.-]+$/.test(helper)) return undefined;
  try {
    const output = execFileSync(`docker-credential-${helper}`, ['get'], {
      input: registry,
      env: { ...env },
      timeout: patience,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const { Username, Secret } = JSON.parse(output.toString('utf8')) as { Username?: string; Secret?: string };
    if (Username === undefined || Secret === undefined) return undefined;
    // Helpers say by this name that it is no password (docker/cli, cli/config/credentials/native_store.go).
    const token = Username === '<token>' ? { identityToken: Secret } : {};
    return { username: Username, password: Secret, ...token };
  } catch {
    return undefined;
  }
}
