import { readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { atRepository } from './at-repository.ts';

const path = '/repos/:owner/:repo/actions/permissions';

/** Whether a repository's workflows run at all; where they do not, events pass unheard, as on GitHub. */
export function actionsPermissionsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    const enabled = repository.actionsEnabled !== false;
    return c.json(enabled ? { enabled, allowed_actions: 'all', sha_pinning_required: false } : { enabled });
  });
  app.put(path, async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const { enabled } = await readBody(c);
    if (typeof enabled !== 'boolean') throw new ApiError(422, 'Invalid request.\n\n"enabled" wasn\'t supplied.');
    forge.store.transaction(() => forge.store.repositories.put({ ...repository, actionsEnabled: enabled }));
    return c.body(null, 204);
  });
}
