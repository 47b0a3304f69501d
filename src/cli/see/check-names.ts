import { suggest } from '../../config/suggest.ts';
import { TrunklineError } from '../../errors.ts';
import type { PlaceName } from '../../state/see/layout.ts';

/** @throws INPUT_INVALID for a service or environment that nothing pins, naming what is there */
export function checkNames(
  services: readonly string[],
  environment: string | undefined,
  places: readonly PlaceName[],
): void {
  const known = {
    services: new Set(places.map((one) => one.service)),
    environments: new Set(places.map((one) => one.environment)),
  };
  const odd = services.find((one) => !known.services.has(one));
  if (odd !== undefined) throw unknown('a service', odd, [...known.services]);
  if (environment !== undefined && !known.environments.has(environment))
    throw unknown('an environment', environment, [...known.environments]);
}

function unknown(what: string, name: string, known: readonly string[]): TrunklineError {
  const near = suggest(name, known);
  const more = known.length > 20 ? ', …' : '';
  return new TrunklineError('INPUT_INVALID', `expected ${what} that is pinned here, found "${name}"`, {
    hint: near === undefined ? `known: ${known.slice(0, 20).join(', ')}${more}` : `did you mean "${near}"?`,
  });
}
