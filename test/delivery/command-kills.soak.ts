import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandProcess, startCommand } from '../testing/lab-process.ts';
import { commands, runToTheEnd, stageOf } from './command-cases.ts';
import { caseOf, counts } from './command-faults.ts';
import type { Stage } from './stage.ts';
import { clear, endOf, lastRecord } from './stage-end.ts';

const killSwitch = resolve(import.meta.dirname, '../kill/switch.mjs');

/** A command's own process, and the forge as it sees it: one request of it may be its last. */
interface Theatre {
  readonly url: string;
  readonly server: Server;
  requests: number;
  /**
   * Kills it once the forge has done this request and before the answer is out: for the next life that is the same as
   * before the request after it.
   */
  killAt: number | undefined;
  actor: CommandProcess | undefined;
}

async function openTheatre(stage: Stage, name: string): Promise<Theatre> {
  const theatre: Theatre = {
    url: '',
    requests: 0,
    killAt: undefined,
    actor: undefined,
    server: createServer((request, response) => {
      const counted = counts(name, `${request.url}`);
      theatre.requests += counted;
      if (counted === 1 && theatre.requests === theatre.killAt) {
        const { writeHead } = response;
        response.writeHead = ((...words: Parameters<typeof writeHead>) => {
          theatre.actor?.child.kill('SIGKILL');
          return writeHead.apply(response, words);
        }) as typeof writeHead;
      }
      stage.forge.listener(request, response);
    }),
  };
  await new Promise<void>((done) => theatre.server.listen(0, '127.0.0.1', done));
  return Object.assign(theatre, { url: `http://127.0.0.1:${(theatre.server.address() as AddressInfo).port}` });
}

describe.each(Object.keys(commands))('%s', (name) => {
  const one = caseOf(name);
  let stage: Stage;
  let theatre: Theatre;
  let end: unknown;
  let counted: Record<'request' | 'write' | 'spawn', number>;

  /** Runs the built command as a job does, with files for outputs and summary. */
  async function play(words: readonly string[], env: Record<string, string>): Promise<number | NodeJS.Signals> {
    theatre.requests = 0;
    const to = words.includes('--repository') ? [] : ['--repository', 'acme/infra'];
    theatre.actor = startCommand([...one.path, ...words, ...to], {
      cwd: stage.folder,
      node: ['--import', killSwitch],
      env: {
        HOME: stage.folder,
        GITHUB_API_URL: theatre.url,
        GITHUB_OUTPUT: join(stage.folder, 'outputs'),
        GITHUB_STEP_SUMMARY: join(stage.folder, 'summary'),
        ...stage.credentials,
        ...(await one.env?.(stage)),
        ...env,
      },
    });
    return theatre.actor.ended;
  }

  beforeAll(async () => {
    stage = await stageOf(one);
    theatre = await openTheatre(stage, name);
    const since = await lastRecord(stage);
    const words = await one.prepare(stage);
    const file = join(stage.folder, 'counts.json');
    const code = await play(words, { KILL_COUNTS: file });
    // A policy that is not content says so by its exit code.
    expect(code, theatre.actor?.text()).toBeLessThanOrEqual(1);
    counted = { ...(JSON.parse(await readFile(file, 'utf8')) as typeof counted), request: theatre.requests };
    await rm(file);
    await runToTheEnd(stage, one, words);
    end = await endOf(stage, since);
    await clear(stage);
    process.stdout.write(`${name}: ${JSON.stringify(counted)}\n`);
  });
  afterAll(async () => {
    theatre.server.closeAllConnections();
    theatre.server.close();
    await stage.close();
  });

  async function survives(told: string, env: Record<string, string>): Promise<void> {
    const since = await lastRecord(stage);
    const words = await one.prepare(stage);
    const code = await play(words, env);
    expect(code, `${told}: ${theatre.actor?.text()}`).toBe('SIGKILL');
    theatre.killAt = undefined;
    const again = await runToTheEnd(stage, one, words);
    expect(again.error, told).toBeUndefined();
    expect(await endOf(stage, since), told).toEqual(end);
    await clear(stage);
  }

  test('killed after each of its requests is taken up again', async () => {
    expect(counted.request).toBeGreaterThan(1);
    for (let nth = 1; nth <= counted.request; nth++) {
      theatre.killAt = nth;
      await survives(`request ${nth}`, {});
    }
  });

  test('killed at each file that it writes and each process that it starts is taken up again', async () => {
    // The one that does neither: it cannot be killed there, and says so should that change.
    expect(counted.write + counted.spawn > 0).toBe(name !== 'hotfix start');
    for (const kind of ['write', 'spawn'] as const)
      for (let nth = 1; nth <= counted[kind]; nth++) await survives(`${kind} ${nth}`, { KILL_AT: `${kind}:${nth}` });
  });
});
