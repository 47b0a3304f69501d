import { configPath } from '../../../config/config.ts';
import { parseConfig } from '../../../config/parse-config.ts';
import type { ServicesConfig } from '../../../config/services.ts';
import type { Ports } from '../../../ports.ts';
import { readLocal } from '../../read-local.ts';

/** The services of the checkout's trunkline.yaml, where it says any. @throws CONFIG_INVALID */
export function localServices(ports: Pick<Ports, 'cwd'>): ServicesConfig | undefined {
  const text = readLocal(ports.cwd);
  return text === undefined ? undefined : parseConfig(configPath, text).services;
}
