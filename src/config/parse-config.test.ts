import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { manifestFiles, manifestKeys, ownersOf, serviceNames } from './config.ts';
import { parseConfig } from './parse-config.ts';

const example = resolve(import.meta.dirname, '../../examples/two-repositories');
const read = (folder: string): string => readFileSync(join(example, folder, 'trunkline.yaml'), 'utf8');

function faults(text: string): string[] {
  try {
    parseConfig('trunkline.yaml', text);
    return [];
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return error.problems.map((one) =>
      [`${one.location?.line ?? ''}:${one.location?.column ?? ''}`, one.message, one.hint ?? ''].join(' | '),
    );
  }
}

describe('the example', () => {
  test('says environments in their order, with defaults', () => {
    const config = parseConfig('trunkline.yaml', read('infra')).environments;
    if (config === undefined) throw new Error('no environments');
    expect(
      config.environments.map(({ name, track, from, merge, approve }) => ({ name, track, from, merge, approve })),
    ).toEqual([
      { name: 'dev', track: 'main', from: undefined, merge: 'auto', approve: {} },
      { name: 'staging', track: undefined, from: 'dev', merge: 'manual', approve: { owner: 1 } },
      { name: 'prod', track: undefined, from: 'staging', merge: 'manual', approve: { owner: 1, platform: 1 } },
    ]);
    expect(config.environments[0]?.deploy).toMatchObject({
      command: 'trunkline lab deploy',
      timeout: expect.any(Number) as number,
    });
    expect(serviceNames(config)).toEqual(['api']);
    expect(ownersOf(config, 'api')).toEqual(['api-team']);
    expect(manifestFiles(config)).toEqual(['envs/dev.json', 'envs/staging.json', 'envs/prod.json']);
    expect(manifestKeys(config, 'a.b', 'dev')).toEqual(['a.b', 'image']);
  });

  test('both kinds in one file', () => {
    const config = parseConfig('trunkline.yaml', `${read('app')}---\n${read('infra')}`);
    expect(config.services?.infra).toBe('acme/infra');
    expect(config.services?.receive).toBe('receive.yml');
    expect(config.environments?.accept).toHaveLength(1);
  });
});

const base =
  'kind: Environments\naccept: { acme/app: { services: { api: api-team } } }\nmanifests: { json: "{environment}.json", path: "{service}" }\n';

test.each([
  [
    'no kind',
    'services: {}\n',
    [
      '1:1 | expected kind: Services or kind: Environments, found none | start the document with a line "kind: Environments"',
    ],
  ],
  [
    'another kind',
    'kind: Service\n',
    [
      '1:7 | expected kind: Services or kind: Environments, found "Service" | start the document with a line "kind: Environments"',
    ],
  ],
  [
    'misspelt keys and a bad duration, all at once',
    `${base}enviroments: {}\ndeploy:\n  comand: x\n  timeout: 20\nenvironments: { dev: { track: main } }\n`,
    [
      '6:3 | unknown key "comand" in deploy | did you mean "command"?',
      '4:1 | unknown key "enviroments" | did you mean "environments"?',
      '6:3 | expected "command" in deploy, found none | ',
      '7:12 | deploy.timeout: expected a duration such as 20s, 15m, 24h or 7d, found 20 | ',
    ],
  ],
  [
    'environments that lead nowhere',
    `${base}environments:\n  dev: {}\n  staging: { from: dve }\n  a: { from: b }\n  b: { from: a }\n`,
    [
      '5:8 | environments.dev: expected "track" (a branch) or "from" (an environment), found neither | for example track: main',
      '6:20 | environments.staging.from: expected an environment, found "dve" | did you mean "dev"?',
      '7:14 | environments.a.from: expected a way back to an environment with "track", found a circle | ',
      '8:14 | environments.b.from: expected a way back to an environment with "track", found a circle | ',
    ],
  ],
  [
    'a path out of the repository',
    base.replace('"{environment}.json"', '"../{environment}/{service}.json"') +
      'environments: { dev: { track: main } }\n',
    [
      '3:20 | manifests.json: expected a path inside the repository, without "..", found "../{environment}/{service}.json" | ',
    ],
  ],
  [
    'a key that stands twice',
    `${base}environments: { dev: { track: main, track: x } }\n`,
    ['4:37 | not YAML: Map keys must be unique | '],
  ],
])('refuses %s', (_name, text, expected) => {
  expect(faults(text).sort()).toEqual([...expected].sort());
});

test('on, off and yes are words, not switches', () => {
  const config = parseConfig('t.yaml', `${base}environments: { on: { track: yes }, off: { from: on } }\n`);
  expect(config.environments?.environments.map(({ name, track, from }) => [name, track, from])).toEqual([
    ['on', 'yes', undefined],
    ['off', undefined, 'on'],
  ]);
});
