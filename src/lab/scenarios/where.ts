import { shortDigest } from '../../model/digest.ts';
import { askHealth, digestNow } from './look.ts';
import type { World } from './world.ts';

/** What an environment runs, as its manifest and its own answer say. */
export interface Place {
  readonly environment: string;
  readonly service: string;
  /** `sha256:…`, or `nothing`. */
  readonly digest: string;
  /** The commit that the service says it was built from. */
  readonly version: string | undefined;
  readonly url: string | undefined;
  /** HTTP status of the health URL; 0 when nobody answered. */
  readonly health: number;
}

export async function readWhere(world: World): Promise<readonly Place[]> {
  const { pair } = world;
  const places: Place[] = [];
  for (const { name } of pair.environments) {
    const digest = await digestNow(world, name);
    // Nobody serves where nothing was released: asking would only be refused.
    const answer = digest === 'nothing' ? { status: 0, text: '' } : await askHealth(world, name);
    const version = answer.status === 0 ? undefined : /\b[0-9a-f]{40}\b/.exec(answer.text)?.[0];
    places.push({
      environment: name,
      service: pair.service,
      digest,
      version,
      url: pair.healthUrl(name),
      health: answer.status,
    });
  }
  return places;
}

export function sayPlace(place: Place): readonly string[] {
  return [
    place.environment,
    place.service,
    place.version?.slice(0, 7) ?? '-',
    place.digest === 'nothing' ? '-' : shortDigest(place.digest),
    place.health === 0 ? 'no answer' : String(place.health),
    place.url ?? '-',
  ];
}
