import {
  type Credentials,
  createRegistryClient,
  type ImageRepository,
  type RegistryClientOptions,
} from '../../registry/registry-client.ts';
import type { ActionCall } from '../../runner/actions/action.ts';
import { type AssembledImage, pushImage } from '../image/push-image.ts';
import { loginOf } from './docker-config.ts';

/** Pushes to every name, each registry with the login that the job's docker configuration keeps for it. */
export async function pushAll(
  call: ActionCall,
  network: Pick<RegistryClientOptions, 'fetch' | 'clock'>,
  image: AssembledImage,
  targets: readonly (ImageRepository & { readonly tag?: string })[],
): Promise<void> {
  const logins = new Map<string, Credentials>();
  for (const { registry } of targets) {
    const login = loginOf(call, registry);
    if (login !== undefined) logins.set(registry, login);
  }
  const client = createRegistryClient({ ...network, credentials: (registry) => logins.get(registry) });
  const repositories = new Map(targets.map((one) => [`${one.registry}/${one.repository}`, one]));
  for (const [name, repository] of repositories) {
    const tags = targets
      .filter((one) => `${one.registry}/${one.repository}` === name)
      .flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
    call.log(`pushing ${name}@${image.digest}${tags.length === 0 ? '' : ` as ${tags.join(', ')}`}`);
    try {
      await pushImage(client, repository, image, tags);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`buildx failed with: ERROR: failed to push ${name}: ${reason}`, { cause: error });
    }
  }
}
