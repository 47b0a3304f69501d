import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from '../../ports.ts';

/** Where packages come from: reached by default, since hardly any workflow does without, and always listed. */
const publicRegistries: readonly string[] = [
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'pypi.org',
  'files.pythonhosted.org',
  'proxy.golang.org',
  'sum.golang.org',
  'static.crates.io',
  'index.crates.io',
  'crates.io',
  'rubygems.org',
  'repo.maven.apache.org',
  'repo1.maven.org',
  'deb.debian.org',
];

/** The public registries, and the one that the user's own npm is set to. */
export function packageRegistries(env: Ports['env']): ReadonlySet<string> {
  const own = npmRegistry(env);
  return new Set(own === undefined ? publicRegistries : [...publicRegistries, own.hostname]);
}

/** What npm would find: its variable, then the user's file, then the machine's. */
export function npmRegistry(env: Ports['env']): URL | undefined {
  const text =
    env['npm_config_registry'] ??
    env['NPM_CONFIG_REGISTRY'] ??
    registryIn(env['NPM_CONFIG_USERCONFIG'] ?? join(env['HOME'] ?? '', '.npmrc')) ??
    registryIn(env['NPM_CONFIG_GLOBALCONFIG'] ?? '/usr/etc/npmrc') ??
    registryIn('/usr/local/etc/npmrc');
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

function registryIn(file: string): string | undefined {
  try {
    return /^\s*registry\s*=\s*"?([^"\s;#]+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
