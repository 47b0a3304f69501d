import type { components } from '@octokit/openapi-types';
import type { Context } from 'hono';
import { optionalFlag, optionalText, readBody, requiredText, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf, requireAccount } from '../permissions.ts';
import type { DeployKey, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';

/** Deploy keys, as settings list them: nobody can push with one here, where Git comes over HTTP alone. */
export function deployKeysRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/keys';
  const { deployKeys } = forge.store;
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    return c.json(
      paginate(c, deployKeys.by('repository', repository.id)).map((one) => present(forge, repository, one)),
    );
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'administration', 'write');
    const body = await readBody(c);
    const [type = '', blob = '', ...comment] = requiredText(body, 'key', 'PublicKey').trim().split(/\s+/);
    const key = `${type} ${blob}`;
    if (!isPublicKey(key)) throw custom(words.noPublicKey());
    if ([...deployKeys.values()].some((one) => one.key === key)) throw custom(words.keyInUse());
    const made: DeployKey = {
      id: forge.store.next('deployKeys'),
      repositoryId: repository.id,
      // `gh repo deploy-key add` without a title sends an empty one, and its own tests expect the key's comment.
      title: optionalText(body, 'title') || comment.join(' '),
      key,
      readOnly: optionalFlag(body, 'read_only') ?? false,
      addedById: requireAccount(identity).id,
      createdAt: timestamp(forge),
    };
    forge.store.transaction(() => deployKeys.put(made));
    return c.json(present(forge, repository, made), 201);
  });
  app.get(`${path}/:key`, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    return c.json(present(forge, repository, find(forge, repository, c)));
  });
  app.delete(`${path}/:key`, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const { id } = find(forge, repository, c);
    forge.store.transaction(() => deployKeys.delete(id));
    return c.body(null, 204);
  });
}

/** OpenSSH's form: the type, and the same type at the beginning of what base64 holds. */
function isPublicKey(text: string): boolean {
  const [type = '', blob = ''] = text.split(' ');
  const bytes = Buffer.from(blob, 'base64');
  if (!/^(?:ssh-|ecdsa-|sk-)/.test(type) || bytes.length < 32) return false;
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() === type;
}

function find(forge: Forge, repository: Repository, c: Context): DeployKey {
  const found = forge.store.deployKeys.get(pathNumber(c, 'key'));
  if (found?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return found;
}

function present(forge: Forge, repository: Repository, row: DeployKey): components['schemas']['deploy-key'] {
  return {
    id: row.id,
    key: row.key,
    url: `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/keys/${row.id}`,
    title: row.title,
    verified: true,
    created_at: row.createdAt,
    read_only: row.readOnly,
    added_by: forge.store.accounts.get(row.addedById)?.login ?? null,
    last_used: null,
    enabled: true,
  };
}

function custom(message: string): ApiError {
  return validationFailed({ resource: 'PublicKey', code: 'custom', field: 'key', message });
}
