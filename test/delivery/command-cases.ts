import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { deployCommand } from '../../src/cli/ci/deploy.ts';
import { dispatchCommand } from '../../src/cli/ci/dispatch.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { hotfixCommand } from '../../src/cli/hotfix.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { git } from '../../src/git/git.ts';
import type { Ports } from '../../src/ports.ts';
import { newDigest } from './faults.ts';
import { recordDeployment } from './record-deployment.ts';
import { type Outcome, openStage, type Stage } from './stage.ts';

/** A command with what it needs to have something to do, each time anew. */
export interface Case {
  /** How the command is reached: `ci receive`. */
  readonly path: readonly string[];
  readonly make: (ports: Ports) => Command;
  /** Makes something to do, and answers the words that do it. */
  readonly prepare: (stage: Stage) => Promise<readonly string[]>;
  readonly env?: (stage: Stage) => Promise<Readonly<Record<string, string>>>;
  /** Whether dev batches when it is busy. */
  readonly batches?: boolean;
  /** Said twice also where nothing goes wrong: it goes on with what it made itself. */
  readonly twice?: boolean;
  /** Another trunkline.yaml in the folder that it is run in. */
  readonly local?: string;
}

const services = ['api', 'web', ...Array.from({ length: 6 }, (_, index) => `s${index + 1}`)];
const accepted = `  acme/app: { services: { ${services.map((name) => `${name}: ${name === 'web' ? 'web-team' : 'api-team'}`).join(', ')} } }`;
const config = (batch: boolean): string => `kind: Environments
accept:
${accepted}
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments:
  dev: { track: main, merge: auto${batch ? ', batch: when-busy' : ''} }
  staging: { from: dev, approve: { owner: 1 } }
  prod: { from: staging, approve: { owner: 1, platform: 1 } }
hotfix: { skip: [order], lines: 1000 }
deploy: { command: 'echo "$TRUNKLINE_DIGEST" > deployed' }
`;
export const commands: Readonly<Record<string, Case>> = {
  bump: {
    path: ['ci', 'bump'],
    make: bumpCommand,
    prepare: (stage) => offered(stage, 'api'),
  },
  receive: {
    path: ['ci', 'receive'],
    make: receiveCommand,
    prepare: async (stage) => {
      for (const service of ['api', 'web']) await stage.publish(service, newDigest());
      return [];
    },
  },
  'receive in batches': {
    path: ['ci', 'receive'],
    make: receiveCommand,
    batches: true,
    prepare: async (stage) => {
      for (const service of services.slice(2)) await stage.publish(service, newDigest());
      return [];
    },
  },
  'bump into a batch': {
    path: ['ci', 'bump'],
    make: bumpCommand,
    batches: true,
    prepare: async (stage) => {
      for (const service of services.slice(2, 7)) await stage.publish(service, newDigest());
      await stage.run(receiveCommand, []);
      return offered(stage, 's6');
    },
  },
  sweep: {
    path: ['ci', 'sweep'],
    make: sweepCommand,
    twice: true,
    prepare: async (stage) => {
      await stage.publish('web', newDigest());
      return [];
    },
  },
  policy: {
    path: ['ci', 'policy'],
    make: policyCommand,
    prepare: async (stage) => {
      await pinByHand(stage, 'dev', 'api', newDigest());
      await stage.run(promoteCommand, ['api', '--to', 'staging']);
      return ['--all'];
    },
  },
  promote: {
    path: ['promote'],
    make: promoteCommand,
    prepare: async (stage) => {
      await pinByHand(stage, 'dev', 'api', newDigest());
      return ['api', '--to', 'staging'];
    },
  },
  'promote on a schedule': {
    path: ['promote'],
    make: promoteCommand,
    prepare: async (stage) => {
      for (const service of ['api', 'web']) await pinByHand(stage, 'dev', service, newDigest());
      await stage.run(promoteCommand, ['api', '--to', 'staging']);
      await pinByHand(stage, 'dev', 'api', newDigest());
      return ['--auto'];
    },
  },
  hold: {
    path: ['hold'],
    make: holdCommand,
    prepare: async (stage) => {
      await stage.publish('api', newDigest());
      await stage.run(receiveCommand, []);
      return ['api', '--environment', 'dev', '--reason', 'not now'];
    },
  },
  resume: {
    path: ['resume'],
    make: resumeCommand,
    prepare: async (stage) => {
      const path = '/repos/acme/infra/contents/.trunkline/holds.yaml';
      const before = await stage.api<{ sha: string }>('GET', path).catch(() => undefined);
      if (before === undefined) {
        const text =
          '- service: api\n  environment: prod\n  reason: not now\n  author: carol\n  since: "2026-01-01T00:00:00Z"\n';
        await stage.api('PUT', path, { message: 'hold', content: Buffer.from(text).toString('base64') });
      }
      return ['api', '--environment', 'prod'];
    },
  },
  rollback: {
    path: ['rollback'],
    make: rollbackCommand,
    prepare: async (stage) => {
      const [good, bad] = [newDigest(), newDigest()];
      await recordDeployment(stage, 'dev', 'web', good);
      await recordDeployment(stage, 'dev', 'web', bad);
      await pinByHand(stage, 'dev', 'web', bad);
      return ['web', '--environment', 'dev', '--reason', 'bad'];
    },
  },
  'hotfix start': {
    path: ['hotfix'],
    make: hotfixCommand,
    prepare: async (stage) => {
      const { commit } = await stage.publish('api', newDigest());
      return ['start', 'login-loop', '--from', commit, '--repository', 'acme/app'];
    },
  },
  'hotfix ship': {
    path: ['hotfix'],
    make: hotfixCommand,
    prepare: async (stage) => {
      const [ran, fixed] = [newDigest(), newDigest()];
      await stage.publish('api', ran);
      await pinByHand(stage, 'prod', 'api', ran);
      await stage.publish('api', fixed, 'refs/heads/hotfixes/login-loop');
      return ['ship', 'api', '--to', 'prod', '--release', fixed, '--reason', 'logins fail', '--incident', 'INC-7'];
    },
  },
  deploy: {
    path: ['ci', 'deploy'],
    make: deployCommand,
    prepare: async (stage) => {
      await pinByHand(stage, 'dev', 'api', newDigest());
      // Not in a way that stops this process: the forge answers from it.
      for (const args of [
        ['init', '-q'],
        ['fetch', '-q', `${await stage.server()}/acme/infra.git`, 'main'],
        ['checkout', '-qf', 'FETCH_HEAD'],
      ])
        await git(args, { cwd: stage.folder });
      return ['--environment', 'dev', '--service', 'api'];
    },
  },
  dispatch: {
    path: ['ci', 'dispatch'],
    make: dispatchCommand,
    local: 'kind: Services\ninfra: acme/infra\nservices:\n  api: {}\n',
    env: async (stage) => ({
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'alice',
      GITHUB_REPOSITORY: 'acme/app',
      GITHUB_SHA: (await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/app/branches/main')).commit.sha,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_TOKEN: stage.forge.tokens.carol,
      TRUNKLINE_TOKEN: stage.forge.tokens.carol,
    }),
    prepare: async () => ['--service', 'api', '--digest', newDigest(), '--event', 'release'],
  },
};

/** A stage on which a case can be tried again and again. */
export async function stageOf(one: Case): Promise<Stage> {
  const manifest = `{\n${services.map((name) => `  "${name}": { "image": "" }`).join(',\n\n')}\n}\n`;
  const stage = await openStage({
    config: config(one.batches === true),
    manifests: Object.fromEntries(['dev', 'staging', 'prod'].map((name) => [`envs/${name}.json`, manifest])),
  });
  await openToOwner(stage);
  // Nothing merges while ends are compared.
  await stage.api('POST', '/repos/acme/infra/rulesets', {
    name: 'never',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
    rules: [
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'never' }] },
      },
    ],
  });
  if (one.local !== undefined) await writeFile(join(stage.folder, 'trunkline.yaml'), one.local);
  return stage;
}

export async function runCase(stage: Stage, one: Case, words: readonly string[]): Promise<Outcome> {
  return stage.run(one.make, words, await one.env?.(stage));
}

/** Says it once more in peace, and again where one run goes on with what another made. */
export async function runToTheEnd(stage: Stage, one: Case, words: readonly string[]): Promise<Outcome> {
  const outcome = await runCase(stage, one, words);
  return one.twice === true && outcome.error === undefined ? runCase(stage, one, words) : outcome;
}

/** Words of a bump to a release that no receive will deliver. */
async function offered(stage: Stage, service: string): Promise<readonly string[]> {
  const digest = newDigest();
  const { commit, record } = await stage.publish(service, digest);
  await stage.api('POST', `/repos/acme/app/deployments/${record}/statuses`, { state: 'success' });
  const source = `acme/app@${commit}`;
  return ['--service', service, '--digest', digest, '--source', source, '--image', `ghcr.io/acme/${service}`];
}

/** The owner goes around the policy. */
async function pinByHand(stage: Stage, environment: string, service: string, digest: string): Promise<void> {
  const path = `/repos/acme/infra/contents/envs/${environment}.json`;
  const { sha, content } = await stage.api<{ sha: string; content: string }>('GET', path);
  const value = JSON.parse(Buffer.from(content, 'base64').toString()) as Record<string, { image: string }>;
  value[service] = { ...value[service], image: `ghcr.io/acme/${service}@${digest}` };
  await stage.api('PUT', path, {
    message: 'by hand',
    content: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`).toString('base64'),
    sha,
  });
}

/** Lets the owner write to main as the cases need it. */
async function openToOwner(stage: Stage): Promise<void> {
  for (const { id } of await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets'))
    await stage.api('PUT', `/repos/acme/infra/rulesets/${id}`, {
      bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
    });
}
