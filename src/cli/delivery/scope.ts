import { TrunklineError } from '../../errors.ts';
import type { CommonOptions } from './session.ts';

export interface ScopeOptions extends CommonOptions {
  readonly environment?: string;
  readonly allServices?: boolean;
  readonly allEnvironments?: boolean;
}

/** What a hold covers: one service or all, one environment or all. @throws INPUT_INVALID */
export function readScope(
  service: string | undefined,
  options: ScopeOptions,
): { readonly service: string; readonly environment: string } {
  return {
    service: one('a service', service, '--all-services', options.allServices),
    environment: one('--environment', options.environment, '--all-environments', options.allEnvironments),
  };
}

function one(what: string, named: string | undefined, flag: string, all: boolean | undefined): string {
  if (named !== undefined && all === true)
    throw new TrunklineError('INPUT_INVALID', `expected ${what} or ${flag}, found both`);
  if (all === true) return '*';
  if (named !== undefined) return named;
  throw new TrunklineError('INPUT_INVALID', `expected ${what} or ${flag}, found neither`);
}
