import { expect, test } from 'vitest';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { digests, openStage, type Stage } from './stage.ts';

const [one, two] = digests;

interface Kind {
  readonly manifests: string;
  /** A manifest's path in an environment. */
  path(environment: string): string;
  /** Its text with what it pins: a digest, and a label where one is kept. */
  text(digest: string, label: string): string;
  /** Before the first release. */
  readonly empty: string;
  /** How releases come to dev, where it is not by `track`. */
  readonly way?: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  'Helm values': {
    manifests: '{ helm: "charts/{service}/values-{environment}.yaml" }',
    path: (environment) => `charts/api/values-${environment}.yaml`,
    empty: '# api\r\nimage:\r\n  repository: ghcr.io/acme/api # here\r\n  tag: "none"\r\n  digest: ""\r\nreplicas: 2',
    text: (digest, label) =>
      `# api\r\nimage:\r\n  repository: ghcr.io/acme/api # here\r\n  tag: "${label}"\r\n  digest: "${digest}"\r\nreplicas: 2`,
  },
  Kustomize: {
    manifests: '{ kustomize: "services/{service}/overlays/{environment}", image: "shop/{service}" }',
    path: (environment) => `services/api/overlays/${environment}/kustomization.yaml`,
    empty: 'resources:\n  - ../../base\n# images below\nimages:\n  - name: shop/log\n    newTag: v1\n',
    text: (digest, label) =>
      `resources:\n  - ../../base\n# images below\nimages:\n  - name: shop/log\n    newTag: v1\n  - name: shop/api\n    newTag: ${label}\n    newName: ghcr.io/acme/api\n    digest: ${digest}\n`,
  },
  'YAML by path': {
    manifests:
      '{ yaml: "k8s/{environment}.yaml", path: "spec.containers.{service}.image", document: { kind: Pod, name: "{service}" } }',
    path: (environment) => `k8s/${environment}.yaml`,
    empty: 'kind: Service\n---\nkind: Pod\nmetadata: { name: api }\nspec:\n  containers:\n  - image:\n    name: api\n',
    text: (digest) =>
      `kind: Service\n---\nkind: Pod\nmetadata: { name: api }\nspec:\n  containers:\n  - image: ghcr.io/acme/api@${digest}\n    name: api\n`,
  },
  'a pattern': {
    manifests: '{ regex: "envs/{environment}.env", pattern: "^IMAGE_{service}=(?<pin>.*)$" }',
    path: (environment) => `envs/${environment}.env`,
    way: 'routes: [{ branch: "ma*", to: dev }, { tag: "v*", to: dev }]\nenvironments: { dev: { merge: auto }, staging: { from: dev, merge: auto } }',
    empty: 'A=1\nIMAGE_api=\nB=2\n',
    text: (digest) => `A=1\nIMAGE_api=ghcr.io/acme/api@${digest}\nB=2\n`,
  },
};

test.each(Object.entries(kinds))('%s: bump, promotion, rollback, and nothing but pins', async (_name, kind) => {
  const environments = ['dev', 'staging'];
  const config = `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: ${kind.manifests}
${kind.way ?? 'environments: { dev: { track: main, merge: auto }, staging: { from: dev, merge: auto } }'}
`;
  const manifests = Object.fromEntries(environments.map((name) => [kind.path(name), kind.empty]));
  const stage = await openStage({ config, manifests });
  try {
    const textOf = async (environment: string): Promise<string> => {
      const { content } = await stage.api<{ content: string }>(
        'GET',
        `/repos/acme/infra/contents/${kind.path(environment)}`,
      );
      return Buffer.from(content, 'base64').toString();
    };
    const deliver = async (digest: string): Promise<string> => {
      const { commit } = await stage.publish('api', digest);
      expect((await stage.run(receiveCommand, [])).error).toBeUndefined();
      await merged(stage);
      return `sha-${commit}`;
    };
    const label = await deliver(one);
    expect(await textOf('dev')).toBe(kind.text(one, label));

    expect((await stage.run(promoteCommand, ['api', '--to', 'staging'])).error).toBeUndefined();
    await merged(stage);
    expect(await textOf('staging')).toBe(kind.text(one, label));

    const newer = await deliver(two);
    expect(await textOf('dev')).toBe(kind.text(two, newer));
    const back = ['api', '--environment', 'dev', '--reason', 'it is slow', '--to', one];
    const deployment = await stage.api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
      ref: 'main',
      environment: 'dev',
      task: 'deploy:api',
      auto_merge: false,
      required_contexts: [],
      payload: { service: 'api', digest: one },
    });
    await stage.api('POST', `/repos/acme/infra/deployments/${deployment.id}/statuses`, { state: 'success' });
    expect((await stage.run(rollbackCommand, back)).error).toBeUndefined();
    const [pull] = await stage.api<{ number: number; head: { ref: string } }[]>('GET', '/repos/acme/infra/pulls');
    // Somebody slips a word into the App's pull request.
    const path = kind.path('dev');
    const file = await stage.api<{ sha: string; content: string }>(
      'GET',
      `/repos/acme/infra/contents/${path}?ref=${encodeURIComponent(pull?.head.ref ?? '')}`,
    );
    const slipped = Buffer.from(file.content, 'base64').toString();
    expect(slipped).toContain(one);
    expect(slipped).not.toContain(two);
    await stage.api('PUT', `/repos/acme/infra/contents/${path}`, {
      message: 'slip',
      branch: pull?.head.ref,
      sha: file.sha,
      content: Buffer.from(`${slipped} `).toString('base64'),
    });
    const judged = await stage.run(policyCommand, ['--pull', String(pull?.number)]);
    expect(judged.out).toContain(`${path} changes in more than its pins`);
  } finally {
    await stage.close();
  }
});

/** Judges what is open, and waits until all of it is merged. */
async function merged(stage: Stage): Promise<void> {
  const outcome = await stage.run(policyCommand, ['--all']);
  await stage.forge.settled();
  expect(await stage.api<unknown[]>('GET', '/repos/acme/infra/pulls'), outcome.out).toEqual([]);
}
