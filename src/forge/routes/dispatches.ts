import { dispatchRepository } from '../actions/dispatch.ts';
import { readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import { atRepository } from './at-repository.ts';
import { objectField } from './object-field.ts';

/** repository_dispatch, which asks for `contents: write`. */
export function dispatchesRoutes(app: ForgeApp, forge: Forge): void {
  app.post('/repos/:owner/:repo/dispatches', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const asked = {
      eventType: requiredText(body, 'event_type', 'RepositoryDispatch'),
      clientPayload: objectField(body, 'client_payload'),
    };
    dispatchRepository(forge, identity, repository, asked);
    return c.body(null, 204);
  });
}
