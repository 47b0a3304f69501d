import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { manifestFiles, ownersOf, serviceNames } from './config.ts';
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
    'a team that owns nothing, and two with one secret',
    `${base}notify: { slack: { teams: [api-teem, api_team, api-team] } }\nenvironments: { dev: { track: main } }\n`,
    [
      '4:28 | notify.slack.teams.0: expected a team that owns a service, found "api-teem" | did you mean "api-team"?',
      '4:38 | notify.slack.teams.1: expected a team that owns a service, found "api_team" | did you mean "api-team"?',
      '4:48 | notify.slack.teams.2: expected teams with secrets of their own, found that SLACK_WEBHOOK_URL_API_TEAM would be api_team’s too | name it once',
    ],
  ],
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
    'what is empty, too small, or none of a few',
    `${base}deploy: { command: "" }\nenvironments: { dev: { track: main, merge: yes, approve: { owner: 0 } } }\n`,
    [
      '4:20 | deploy.command: expected some text, found "" | ',
      '5:44 | environments.dev.merge: expected "auto" or "manual", found "yes" | ',
      '5:67 | environments.dev.approve.owner: expected 1 or more, found 0 | ',
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
    ['4:37 | expected each key once, found "track" again | '],
  ],
  [
    'a key that stands twice beside other faults, and what is wrong where something is needed',
    `kind: Environments\naccept: nobody\nmanifests: { json: "{enviroment}/{environment}.json", path: "{service}" }\nroutes: []\nroutes: []\nenvironments: { dev: { track: main }, prod: { from: devv } }\n`,
    [
      '2:9 | accept: expected keys, found "nobody" | ',
      '3:20 | manifests.json: expected {service}, {environment}, {region} or {group}, found {enviroment} | did you mean {environment}?',
      '5:1 | expected each key once, found "routes" again | ',
      '6:53 | environments.prod.from: expected an environment, found "devv" | did you mean "dev"?',
    ],
  ],
  [
    'expressions of GitHub’s, wherever they stand',
    `${base}deploy: { command: "echo \${{ secrets.X }}" }\nenvironments: { dev: { track: main } }\nschedules: { sweep: "61 * * * *" }\nowners: platform\n`,
    [
      '4:20 | expected text, found an expression of GitHub’s ("${{"), and none is evaluated here | a command finds what it needs in variables of its job, such as "$GITHUB_SHA"; secrets of an environment come by deploy.secrets',
      '6:21 | schedules.sweep: expected minute, hour, day, month and weekday, such as "17 5 * * *" for every day at 05:17 UTC, found "61 * * * *" | ',
      '7:9 | owners: expected a list, found "platform" | write ["platform"]',
    ],
  ],
  [
    'environments that GitHub cannot tell from others',
    `${base}environments: { dev: { track: main }, Dev: { from: dev }, trunkline: { from: dev } }\n`,
    [
      '4:44 | environments.Dev: expected a name of its own, found "dev" in other letters, which GitHub does not tell apart | ',
      `4:70 | environments.trunkline: expected another name, found one that GitHub's environment "trunkline" has: the delivery App’s key lies in it | `,
    ],
  ],
  [
    'aliases that lead nowhere, or would fill the memory',
    `${base}environments: *gone\n---\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: *c\n`,
    [
      '4:15 | not YAML: Unresolved alias (the anchor must be set before the alias): gone | ',
      '7:8 | not YAML: Excessive alias count indicates a resource exhaustion attack | ',
    ],
  ],
  [
    'a file that says nothing',
    '# later\n',
    [
      '1:1 | expected kind: Services or kind: Environments, found nothing | trunkline init writes one, where the file is not there yet',
    ],
  ],
])('refuses %s', (_name, text, expected) => {
  expect(faults(text).sort()).toEqual([...expected].sort());
});

const kinds = (manifests: string, more = ''): string =>
  `kind: Environments\naccept: { acme/app: { services: { api: api-team, web: web-team } } }\nmanifests: ${manifests}\n${more}environments: { dev: { track: main }, prod: { from: dev } }\n`;

test.each([
  ['{ helm: "{service}/values-{environment}.yaml" }', { kind: 'yaml', path: 'image' }],
  ['{ helm: "values-{environment}.yaml", image: "acme/{service}" }', { kind: 'yaml', image: 'acme/{service}' }],
  [
    '{ kustomize: "overlays/{environment}/", image: "{service}" }',
    { file: 'overlays/{environment}/kustomization.yaml' },
  ],
  ['{ kustomize: "{environment}.yml", image: "{service}" }', { file: '{environment}.yml' }],
  ['{ yaml: "{environment}.yaml", path: "a.{service}", document: { kind: B } }', { document: { kind: 'B' } }],
  ['{ regex: "{environment}.env", pattern: "^{service}=(?<pin>.*)$" }', { kind: 'regex' }],
])('manifests %s', (manifests, expected) => {
  expect(parseConfig('t.yaml', kinds(manifests)).environments?.manifests).toMatchObject(expected);
});

test.each([
  ['{ path: x }', ['3:12 | manifests: expected one of json, helm, kustomize, yaml, regex, found none']],
  [
    '{ json: "{environment}", yaml: x, path: "{service}" }',
    ['3:43 | manifests: expected one of json, helm, kustomize, yaml, regex, found both "json" and "yaml"'],
  ],
  [
    '{ kustomize: "{environment}/{service}" }',
    ['3:12 | manifests: expected "image" beside "kustomize", found neither'],
  ],
  ['{ json: "{environment}", path: "{service}", image: x }', ['3:63 | manifests.image: means nothing beside "json"']],
  [
    '{ yaml: "{environment}", path: a, image: "{service}" }',
    ['3:53 | manifests: expected one of "path" and "image", found both'],
  ],
  [
    '{ helm: "{environment}/values.yaml" }',
    ['3:12 | manifests: expected {service} in "helm" or "path" or "image", so that services do not share a pin'],
  ],
  [
    '{ helm: "{region}/{environment}/{service}" }',
    [
      '4:22 | environments.dev: expected "region", which manifests has a place for, found none',
      '4:45 | environments.prod: expected "region", which manifests has a place for, found none',
    ],
  ],
  [
    '{ regex: "{environment}", pattern: "{service}(" }',
    ["3:47 | manifests.pattern: expected a regular expression of RE2's kind"],
  ],
  [
    '{ regex: "{environment}", pattern: "{service}(?<it>.)" }',
    ['3:47 | manifests.pattern: expected groups named pin, digest, tag, image, found "it"'],
  ],
  [
    '{ regex: "{environment}", pattern: "{service}" }',
    ['3:47 | manifests.pattern: expected a group named "pin", or one named "digest"'],
  ],
])('refuses manifests %s', (manifests, expected) => {
  const found = faults(kinds(manifests));
  expect(found).toHaveLength(expected.length);
  for (const [index, text] of expected.entries()) expect(found[index]).toContain(text);
});

test.each([
  [
    '[{ branch: "rel*", to: prd }]',
    ['4:32 | routes.0.to: expected an environment, found "prd" | did you mean "prod"?'],
  ],
  ['[{ branch: x, tag: y, to: dev }]', ['routes.0: expected one of "branch", "tag" and "suffix", found 2']],
  ['[{ branch: x, to: prod }]', ['environments.prod.from: expected one way in, found "from" and a route']],
  [
    '[{ suffix: -x, to: dev }]',
    ['routes: expected all of them to go by the ref or all by the image\'s tag, found branch "main" and suffix "-x"'],
  ],
])('refuses routes %s', (routes, expected) => {
  const found = faults(kinds('{ json: "{environment}", path: "{service}" }', `routes: ${routes}\n`));
  expect(found).toHaveLength(expected.length);
  for (const [index, text] of expected.entries()) expect(found[index]).toContain(text);
});

test('a route may lead past an environment only where gates ask that the release has run there first', () => {
  const routed = (prod: string): string =>
    kinds('{ json: "{environment}", path: "{service}" }', 'routes: [{ tag: "v*", to: prod }]\n').replace(
      'from: dev',
      prod,
    );
  expect(faults(routed('from: dev, gates: { checks: [x] }'))).toHaveLength(1);
  for (const gates of ['synced: true', 'healthy: 1h'])
    expect(faults(routed(`from: dev, gates: { ${gates} }`))).toEqual([]);
});

test('routes that would take one release to two environments are refused, those that cannot are not', () => {
  const routed = (routes: string): string[] =>
    faults(
      `kind: Environments\naccept: {}\nmanifests: { json: "{environment}", path: "{service}" }\nroutes: ${routes}\nenvironments: { a: {}, b: {} }\n`,
    );
  expect(routed('[{ branch: "release/*", to: a }, { branch: "rel*/1.0", to: b }]')).toEqual([
    '4:42 | routes: expected one way for each release, found that branch "release/*" leads to a and branch "rel*/1.0" to b: "release/1.0" would take both | ',
  ]);
  expect(routed('[{ suffix: -stable, to: a }, { suffix: un-stable, to: b }]')).toHaveLength(1);
  expect(routed('[{ branch: "release/*", to: a }, { branch: main, to: b }, { tag: "*", to: b }]')).toEqual([]);
  expect(routed('[{ suffix: -dev, to: a }, { suffix: -prod, to: b }]')).toEqual([]);
});

test('copies of an environment in several regions may track one branch', () => {
  const regions = (here: string, there: string): string[] =>
    faults(
      `kind: Environments\naccept: {}\nmanifests: { json: "{environment}", path: "{service}" }\nenvironments: { a: { track: main${here} }, b: { track: main${there} } }\n`,
    );
  expect(regions(', region: eu', ', region: us')).toEqual([]);
  expect(regions('', '')).toHaveLength(1);
});

test('on, off and yes are words, not switches', () => {
  const config = parseConfig('t.yaml', `${base}environments: { on: { track: yes }, off: { from: on } }\n`);
  expect(config.environments?.environments.map(({ name, track, from }) => [name, track, from])).toEqual([
    ['on', 'yes', undefined],
    ['off', undefined, 'on'],
  ]);
});
