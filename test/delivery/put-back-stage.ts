import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployCommand } from '../../src/cli/ci/deploy.ts';
import { notifyCommand } from '../../src/cli/ci/notify.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { git } from '../../src/git/git.ts';
import { config, type Outcome, openStage, type Stage } from './stage.ts';

const deploying = `${config.replace('dev: { track: main, merge: auto }', 'dev: { track: main, merge: auto, rollback: automatic }')}deploy: { command: 'printf "%s %s\\n" "$TRUNKLINE_SERVICE" "$TRUNKLINE_DIGEST" >> deployed', health: "http://{service}.{environment}.test/health", timeout: 1s }
notify: { slack: {}, pagerduty: { when: [infrastructure, rollback, rollback-failed] } }
`;

type Pins = Readonly<Record<string, string>>;

/** An environment whose releases serve and answer rightly, or not, and what the jobs of its deploy workflow run. */
export interface PutBackStage {
  readonly stage: Stage;
  /** What serves, as the health URL sees it, and what of it answers rightly. */
  serving: Pins;
  well: Pins;
  /** Hosts of channels, as often as they were told something. */
  readonly told: string[];
  /** Nothing that is still under way reaches anybody. */
  dead: boolean;
  /** Called with every request of a command to GitHub. */
  gate: ((send: () => Promise<Response>) => Promise<Response>) | undefined;
  /** Pins releases at main by hand, and checks that commit out. */
  merge(pins: Pins): Promise<string>;
  checkOut(commit: string): Promise<void>;
  /** As the deploy job does; answers its outputs, and what its command was run for. */
  deploy(): Promise<Outcome & { readonly failed: string; readonly deployed: string; readonly ran: string }>;
  putBack(service: string): Promise<Outcome>;
  tell(service: string, commit: string): Promise<Outcome>;
}

export async function openPutBackStage(): Promise<PutBackStage> {
  const stage = await openStage({ config: deploying, policy: false });
  const { folder } = stage;
  writeFileSync(
    join(folder, 'smoke.yaml'),
    'checks: [{ name: it says hello, url: "http://{service}.{environment}.test/", expect: { body: hello }, retries: 0 }]\n',
  );
  const self: PutBackStage = {
    stage,
    serving: {},
    well: {},
    told: [],
    dead: false,
    gate: undefined,
    merge: async (pins) => {
      const path = '/repos/acme/infra/contents/envs/dev.json';
      const { sha } = await stage.api<{ sha: string }>('GET', path);
      const value = Object.fromEntries(
        Object.entries(pins).map(([name, digest]) => [
          name,
          { image: digest === '' ? '' : `ghcr.io/acme/${name}@${digest}` },
        ]),
      );
      const content = Buffer.from(JSON.stringify(value)).toString('base64');
      const { commit } = await stage.api<{ commit: { sha: string } }>('PUT', path, { message: 'pins', content, sha });
      await self.checkOut(commit.sha);
      return commit.sha;
    },
    checkOut: async (commit) => {
      const url = `${(await stage.server()).replace('//', `//x:${stage.forge.tokens.carol}@`)}/acme/infra.git`;
      for (const args of [
        ['init', '-q', '-b', 'main'],
        ['fetch', '-q', url, commit],
        ['checkout', '-q', '--force', '--detach', commit],
      ])
        await git(args, { cwd: folder });
    },
    deploy: async () => {
      const [outputs, deployed] = [join(folder, 'outputs'), join(folder, 'deployed')];
      for (const file of [outputs, deployed]) writeFileSync(file, '');
      const words = ['--environment', 'dev', '--smoke', 'smoke.yaml'];
      const outcome = await stage.run(deployCommand, words, { GITHUB_OUTPUT: outputs });
      const output = (name: string): string =>
        new RegExp(`^${name}<<(\\S+)\\n([\\s\\S]*?)\\n?\\1$`, 'm').exec(readFileSync(outputs, 'utf8'))?.[2] ?? '';
      const ran = readFileSync(deployed, 'utf8');
      return { ...outcome, failed: output('failed'), deployed: output('deployed'), ran };
    },
    putBack: (service) =>
      stage.run(rollbackCommand, [service, '--environment', 'dev', '--reason', 'smoke failed', '--as-configured']),
    tell: (service, commit) =>
      stage.run(
        (ports) => notifyCommand(ports).option('--repository <name>', 'the stage’s'),
        ['--kind', 'rollback', '--service', service, '--environment', 'dev', '--reason', 'smoke failed', '--once'],
        {
          GITHUB_ACTIONS: 'true',
          GITHUB_REPOSITORY: 'acme/infra',
          GITHUB_SHA: commit,
          GITHUB_TOKEN: stage.forge.tokens.carol,
          SLACK_WEBHOOK_URL: 'https://hooks.slack.test/secret',
          PAGERDUTY_ROUTING_KEY: 'key',
        },
      ),
  };
  stage.intercept = (request, send) => {
    if (self.dead) throw new Error('killed');
    const { host, pathname } = new URL(request.url);
    const [service = ''] = host.split('.');
    if (host.endsWith('.dev.test')) {
      if (pathname === '/health') return new Response(JSON.stringify({ digest: self.serving[service] }));
      const well = self.serving[service] === self.well[service];
      return new Response(well ? 'hello' : 'oops', { status: well ? 200 : 500 });
    }
    if (host === 'hooks.slack.test' || host === 'events.pagerduty.com') {
      self.told.push(host);
      return new Response('ok', { status: 202 });
    }
    return self.gate?.(send);
  };
  return self;
}
