import { digestOf, type InfraRepository } from './infra-repository.ts';

/** Infra repositories made like those that are published, without any file or trailer of ours; a release goes from dev to prod. */
export interface Shape {
  readonly name: string;
  readonly environments: readonly [string, string, string];
  /** The file and text that pin a release word of the service `api` in an environment. */
  pin(environment: string, word: string): Readonly<Record<string, string>>;
  /** What `status` and `history` call that release. */
  release(word: string): string;
}

const commit = (word: string): string => digestOf(word).slice(7, 47);
const images = (name: string, word: string): string =>
  `images:\n  - name: bookstore/${name}\n    newTag: sha-${commit(word)}\n`;

export const shapes: readonly Shape[] = [
  {
    name: 'JSON for each environment, by commit',
    environments: ['dev', 'staging', 'prod'],
    pin: (environment, word) => ({
      [`envs/${environment}.json`]: `${JSON.stringify({ api: { url: 'https://registry.example.com/api', tag: commit(word) } }, undefined, 2)}\n`,
    }),
    release: commit,
  },
  {
    name: 'Kustomize overlays, by tag',
    environments: ['dev', 'staging', 'prod'],
    pin: (environment, word) => ({
      [`kustomize/overlays/${environment}/kustomization.yaml`]: `resources:\n  - ../../base\n${images('api', word)}`,
      'kustomize/base/kustomization.yaml': 'resources:\n  - api.yaml\n',
    }),
    release: (word) => `sha-${commit(word)}`,
  },
  {
    name: 'Helm values for each environment, by digest',
    environments: ['dev', 'staging', 'prod'],
    pin: (environment, word) => ({
      [`charts/api/values-${environment}.yaml`]: `# ${environment}\nimage:\n  repository: ghcr.io/acme/api\n  digest: ${digestOf(word)}\nreplicas: 2\n`,
      'charts/api/values.yaml': 'image:\n  repository: ghcr.io/acme/api\n',
    }),
    release: digestOf,
  },
  {
    name: 'values by region, with tags that end in the environment',
    environments: ['eu/dev', 'eu/staging', 'eu/prod'],
    pin: (environment, word) => ({
      [`environments/${environment}/values.yaml`]: `api:\n  image: { repository: acme/api, tag: "${word}-build" }\n`,
      [`environments/${environment}/Chart.yaml`]: 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
    }),
    release: (word) => `${word}-build`,
  },
];

/** One release goes all the way, the next to staging, and prod is rolled back and promoted again; nobody writes trailers. */
export async function tell(repository: InfraRepository, shape: Shape): Promise<void> {
  const [dev, staging, prod] = shape.environments;
  const all = Object.assign({}, ...shape.environments.map((one) => shape.pin(one, 'r1')));
  await repository.commit(0, 'Start', all);
  await repository.commit(2, 'Update dev (#11)', shape.pin(dev, 'r2'), 'Bot');
  await repository.commit(4, 'Update staging (#12)', shape.pin(staging, 'r2'));
  await repository.commit(40, 'Ship it (#13)', shape.pin(prod, 'r2'));
  await repository.commit(
    41,
    'Revert "Ship it (#13)" (#14)\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.',
    shape.pin(prod, 'r1'),
    'Bob',
  );
  await repository.commit(42, 'Update dev (#15)', shape.pin(dev, 'r3'), 'Bot');
  await repository.commit(43, 'Notes', { 'README.md': 'notes\n' });
  await repository.commit(44, 'Ship it again (#16)', shape.pin(prod, 'r2'));
  await repository.commit(45, 'Straight to prod (#17)', shape.pin(prod, 'r4'));
}
