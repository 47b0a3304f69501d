import type { FoundRegistry } from './find-registry.ts';
import type { FoundService } from './find-services.ts';
import { type Inline, inlineYaml } from './inline-yaml.ts';

export interface ServicesDraft {
  readonly infra: string;
  readonly services: readonly FoundService[];
  readonly registry?: FoundRegistry;
}

/** `kind: Services` of trunkline.yaml. What all services have in common stands once, under `defaults`. */
export function renderServices({ infra, services, registry }: ServicesDraft): string {
  const setup = common(services.map((one) => ({ ...one.setup })));
  const commands = common(services.map((one) => ({ ...one.commands })));
  const defaults = Object.entries({ setup, commands }).filter(([, values]) => Object.keys(values).length > 0);
  const lines = [
    'kind: Services',
    `infra: ${inlineYaml(infra)}`,
    ...(registry === undefined ? [] : [`registry: ${inlineYaml({ ...registry })}`]),
    ...(defaults.length === 0
      ? []
      : ['defaults:', ...defaults.map(([key, values]) => `  ${key}: ${inlineYaml(values)}`)]),
    'services:',
    ...services.map((service) => `  ${inlineYaml(service.name)}: ${inlineYaml(body(service, setup, commands))}`),
  ];
  return `${lines.join('\n')}\n`;
}

type Values = Readonly<Record<string, string>>;

function body(service: FoundService, setup: Values, commands: Values): Inline {
  const own = { setup: rest({ ...service.setup }, setup), commands: rest({ ...service.commands }, commands) };
  return {
    path: service.path,
    ...(service.dockerfile === undefined ? {} : { dockerfile: service.dockerfile }),
    ...(service.context === undefined ? {} : { context: service.context }),
    ...(service.depends.length === 0 ? {} : { depends: service.depends }),
    ...(service.uses.length === 0 ? {} : { uses: service.uses }),
    ...Object.fromEntries(Object.entries(own).filter(([, values]) => Object.keys(values).length > 0)),
  };
}

/** What all of them say alike. */
function common([first, ...others]: readonly Values[]): Values {
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([key, value]) => others.every((one) => one[key] === value)),
  );
}

function rest(own: Values, shared: Values): Values {
  return Object.fromEntries(Object.entries(own).filter(([key, value]) => shared[key] !== value));
}
