import { optionalTexts, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** docs.github.com, "Classifying your repository with topics". */
const mostTopics = 20;
const longestTopic = 50;

export function topicsRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/topics';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    return c.json({ names: repository.topics ?? [] });
  });
  app.put(path, async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const names = optionalTexts(await readBody(c), 'names');
    if (names === undefined) throw new ApiError(422, words.invalidRequest(words.notSupplied('names')));
    const topics = [...new Set(names.map((name) => name.toLowerCase()))];
    const fits = (name: string): boolean => /^[a-z0-9][a-z0-9-]*$/.test(name) && name.length <= longestTopic;
    if (topics.length > mostTopics || !topics.every(fits))
      throw new ApiError(422, 'Validation Failed', { errors: [words.noTopics()] });
    forge.store.transaction(() => forge.store.repositories.put({ ...repository, topics }));
    return c.json({ names: topics });
  });
}
