import { TrunklineError } from '../../errors.ts';
import { engineHint } from '../containers/container-engine.ts';
import type { ContainerSpec } from '../containers/container-spec.ts';
import { configuredService, type ServiceTable } from './configured-services.ts';
import { postgres } from './postgres.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import type { ServiceProgram } from './service-program.ts';

const known: Readonly<Record<string, ServiceProgram>> = { postgres, redis, rabbitmq };

/**
 * The program that stands for a service's image, by the image's name without registry and tag; the lab's own table first.
 * @throws UNSUPPORTED where there is none
 */
export function serviceProgram(name: string, { image }: ContainerSpec, table: ServiceTable): ServiceProgram {
  const base = (image.split('/').at(-1) ?? '').replace(/[:@].*$/, '');
  const given = [image, base].find((one) => Object.hasOwn(table, one));
  const configured = given === undefined ? undefined : table[given];
  if (configured !== undefined) return configuredService(base, configured);
  const program = Object.hasOwn(known, base) ? known[base] : undefined;
  if (program !== undefined) return program;
  throw new TrunklineError(
    'UNSUPPORTED',
    `service ${name} wants the image ${image}: no container engine answers here, and no program of this machine stands for it`,
    { hint: `${engineHint}; or name a program for ${base} in the lab's table (--services)` },
  );
}
