import type { EnvironmentsConfig } from '../../../config/config.ts';
import { apartLoginSteps, ghcr, placeOf, type RegistryPlace } from '../login-steps.ts';
import type { Pins } from '../pins.ts';
import { needsOf, preflightSteps } from '../preflight-step.ts';
import type { Fields } from '../render-yaml.ts';

/** The registries whose images are looked at, each once. */
export function readRegistries({ accept }: Pick<EnvironmentsConfig, 'accept'>): readonly RegistryPlace[] {
  const places = accept
    .filter(({ verify }) => verify.length > 0)
    .map(({ registry }) => (registry === undefined ? ghcr : placeOf(registry)));
  return [...new Map(places.map((place) => [place.host, place])).values()];
}

/** Whether some of them are at ghcr.io, the one registry that a job of this repository may write statements to. */
export function readsGitHubs(config: Pick<EnvironmentsConfig, 'accept'>): boolean {
  return readRegistries(config).some(({ kind }) => kind === 'ghcr');
}

/** What a job's token has to be good for. */
export function readPermissions(config: Pick<EnvironmentsConfig, 'accept'>): Fields {
  const kinds = readRegistries(config).map(({ kind }) => kind);
  return {
    ...(kinds.includes('ecr') ? { 'id-token': 'write' } : {}),
    ...(kinds.includes('ghcr') ? { packages: 'read' } : {}),
  };
}

/** Names of the secrets that a job in whichever environment needs. */
export function readSecrets(config: Pick<EnvironmentsConfig, 'accept'>): readonly string[] {
  return readRegistries(config).flatMap(({ login }) => (login === undefined ? [] : [login.username, login.password]));
}

/** Logs in wherever images are looked at, to read and to do nothing else; what runs afterwards gets no keys of a cloud. */
export function readLoginSteps(
  config: Pick<EnvironmentsConfig, 'accept'>,
  pins: Pins,
  environment: string,
): readonly Fields[] {
  const places = readRegistries(config);
  return [
    ...preflightSteps(places.flatMap(needsOf), environment),
    ...places.flatMap((place, index) => apartLoginSteps(pins, place, `registry-${index + 1}`)),
  ];
}
