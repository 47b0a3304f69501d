import { arch } from 'node:os';
import type { JobFolders } from './job-folders.ts';

/** What a job sees of the environment the lab itself runs in. */
const inherited = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME', 'SHELL'];

export interface RunnerIdentity {
  readonly name: string;
  readonly trackingId: string;
  readonly debug: boolean;
}

/** The `runner` context. */
export function runnerContext(identity: RunnerIdentity, folders: JobFolders): Record<string, string> {
  return {
    name: identity.name,
    os: process.platform === 'darwin' ? 'macOS' : 'Linux',
    arch: arch() === 'arm64' ? 'ARM64' : 'X64',
    environment: 'github-hosted',
    temp: folders.temp,
    tool_cache: folders.tools,
    workspace: folders.runnerWorkspace,
    ...(identity.debug ? { debug: '1' } : {}),
  };
}

/** RUNNER_* and what else a runner adds, over what little is inherited. */
export function baseEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  runner: Readonly<Record<string, string>>,
  identity: RunnerIdentity,
  folders: JobFolders,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = own[name];
    if (value !== undefined && value !== '') env[name] = value;
  }
  env['PATH'] ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  for (const [key, value] of Object.entries(runner)) env[`RUNNER_${key.toUpperCase()}`] = value;
  return {
    ...env,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    HOME: folders.home,
    TMPDIR: folders.temp,
    GIT_TERMINAL_PROMPT: '0',
    RUNNER_TRACKING_ID: identity.trackingId,
  };
}
