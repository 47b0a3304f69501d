import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Acme, openAcme, type TestApp } from '../../../forge/testing/acme.ts';
import { type Ran, runCli } from '../../see/testing/run-cli.ts';

/** acme with an infra repository, an application and whoever their trunkline.yaml speaks of. */
export interface SettingsWorld extends Acme {
  readonly folder: string;
  readonly delivery: TestApp;
  /** An App that may set settings, and one that may only read them. */
  readonly keeper: TestApp;
  readonly reader: TestApp;
  cli(words: readonly string[], token: string, fetch?: typeof globalThis.fetch): Promise<Ran>;
}

export const infraYaml = `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: "true" }
apps: { delivery: delivery }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, approve: { owner: 1, platform: 1 }, reviewers: [platform], wait: 5m }
`;

export const appYaml = `kind: Services
infra: acme/infra
owners: [platform]
apps: { delivery: delivery }
services: { api: { owner: api-team } }
`;

const reads = { metadata: 'read', contents: 'read', actions: 'read', checks: 'read', members: 'read' } as const;

export async function openSettingsWorld(): Promise<SettingsWorld> {
  const acme = await openAcme();
  const folder = await mkdtemp(join(tmpdir(), 'settings-'));
  acme.admin.createUser('dora');
  acme.admin.createTeam('acme', 'api-team', ['alice', 'bob']);
  acme.admin.createTeam('acme', 'platform', ['carol', 'dora']);
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'infra', private: true }, 201);
  for (const name of ['acme/app', 'acme/infra'])
    for (const team of ['api-team', 'platform']) acme.admin.addTeamRepository('acme', team, name, 'write');
  await acme.commit('carol', 'main', 'trunkline.yaml', infraYaml, 'acme/infra');
  await acme.commit('carol', 'main', 'trunkline.yaml', appYaml, 'acme/app');
  const delivery = await acme.makeApp('delivery', {
    contents: 'write',
    pull_requests: 'write',
    statuses: 'write',
    metadata: 'read',
  });
  const more = { pull_requests: 'read', statuses: 'read' } as const;
  const keeper = await acme.makeApp('keeper', { ...reads, ...more, administration: 'write', actions: 'write' });
  const reader = await acme.makeApp('reader', { ...reads, ...more, administration: 'read' });
  return {
    ...acme,
    folder,
    delivery,
    keeper,
    reader,
    cli: (words, token, fetch = async (input, init) => acme.app.request(input as string, init)) =>
      runCli(['settings', ...words], { cwd: folder, env: { TRUNKLINE_TOKEN: token }, fetch }),
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      await acme.remove();
    },
  };
}
