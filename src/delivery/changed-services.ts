import type { ServiceConfig, ServicesConfig } from '../config/services.ts';

export interface ChangedService {
  readonly service: string;
  /** The path that changed, or that all did. */
  readonly because: string;
}

/**
 * Services that a difference reaches: by their own path, by one that they depend on, however far away, or because
 * `trunkline.yaml` says something else of them now. All of them without `paths`.
 */
export function changedServices(
  config: ServicesConfig,
  paths: readonly string[] | undefined,
  before: ServicesConfig | undefined,
): readonly ChangedService[] {
  return [...config.services.values()].flatMap((service): ChangedService[] => {
    if (paths === undefined) return [{ service: service.name, because: 'everything changed' }];
    const places = placesOf(config, service);
    const path = paths.find((one) => places.some((place) => contains(place, one)));
    if (path !== undefined) return [{ service: service.name, because: path }];
    const same = before === undefined || describe(before, service.name) === describe(config, service.name);
    return same ? [] : [{ service: service.name, because: 'trunkline.yaml says something else of it' }];
  });
}

/** A service's path and everything that it depends on, also by way of others; circles end by themselves. */
export function placesOf({ depends }: Pick<ServicesConfig, 'depends'>, service: ServiceConfig): readonly string[] {
  const found = new Set([service.path, ...service.depends]);
  for (const place of found) {
    for (const [path, others] of depends) {
      // A place depends on what any path in it, or around it, depends on.
      if (contains(place, path) || contains(path, place)) for (const other of others) found.add(other);
    }
  }
  return [...found];
}

function contains(place: string, path: string): boolean {
  return place === '.' || path === place || path.startsWith(`${place.replace(/\/$/, '')}/`);
}

function describe(config: ServicesConfig, name: string): string {
  const service = config.services.get(name);
  return service === undefined ? '' : JSON.stringify([service, placesOf(config, service)]);
}
