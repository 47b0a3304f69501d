import type { ServiceConfig, ServicesConfig } from '../../config/services.ts';
import type { Fields } from './render-yaml.ts';

export const dependabotPath = '.github/dependabot.yml';

/** Keeps what services depend on current. Actions are left to `trunkline pin --update`, which checks them by their tag. */
export function dependabotFile(config: ServicesConfig): {
  readonly path: string;
  readonly about: readonly string[];
  readonly value: Fields;
} {
  const entries = [...config.services.values()].flatMap((service) =>
    ecosystemsOf(service).map((ecosystem) => ({ ecosystem, folder: service.path === '.' ? '/' : `/${service.path}` })),
  );
  const ecosystems = [...new Set(entries.map((one) => one.ecosystem))];
  return {
    path: dependabotPath,
    about: ['Actions are pinned in trunkline.lock, which `trunkline pin --update` renews.'],
    value: {
      version: 2,
      updates: ecosystems.map((ecosystem) => ({
        'package-ecosystem': ecosystem,
        directories: [...new Set(entries.filter((one) => one.ecosystem === ecosystem).map((one) => one.folder))],
        schedule: { interval: 'weekly' },
        // What was published an hour ago may be taken back as malware an hour later.
        cooldown: { 'default-days': 7 },
        'open-pull-requests-limit': 5,
      })),
    },
  };
}

function ecosystemsOf({ setup }: ServiceConfig): readonly string[] {
  return [
    'docker',
    ...(setup.node === undefined ? [] : ['npm']),
    ...(setup.go === undefined ? [] : ['gomod']),
    ...(setup.python === undefined ? [] : ['pip']),
  ];
}
