// The program of the built-in github-script: its inputs and outputs are those of any JavaScript action.
import * as core from '@actions/core';
import * as exec from '@actions/exec';
import * as glob from '@actions/glob';
import * as io from '@actions/io';
import { createClient } from './client.ts';
import { readContext } from './context.ts';
import { scriptRequire } from './script-require.ts';

type Script = (...values: readonly unknown[]) => Promise<unknown>;

async function main(): Promise<void> {
  const github = createClient({
    token: core.getInput('github-token', { required: true }),
    debug: core.getBooleanInput('debug'),
    userAgent: core.getInput('user-agent'),
    previews: core.getInput('previews'),
    baseUrl: core.getInput('base-url'),
    retries: Number.parseInt(core.getInput('retries'), 10),
    exempt: core.getInput('retry-exempt-status-codes'),
    env: process.env,
  });
  const known = {
    require: scriptRequire,
    __original_require__: scriptRequire,
    github,
    octokit: github,
    context: readContext(process.env),
    core,
    exec,
    glob,
    io,
  };
  const script = core.getInput('script', { required: true });
  const AsyncFunction = Object.getPrototypeOf(main).constructor as new (...parts: readonly string[]) => Script;
  const result = await new AsyncFunction(...Object.keys(known), script)(...Object.values(known));
  core.setOutput('result', encode(result, core.getInput('result-encoding')));
}

function encode(result: unknown, encoding: string): string | undefined {
  if (encoding === 'json' || encoding === '') return JSON.stringify(result);
  if (encoding === 'string') return String(result);
  throw new Error('"result-encoding" must be either "string" or "json"');
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  core.setFailed(`Unhandled error: ${String(error)}`);
}

process.on('unhandledRejection', fail);
main().catch(fail);
