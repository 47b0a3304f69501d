import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme } from '../testing/acme.ts';

// A credential that may write contents but no workflows does not bring one in, whatever the file is called.

let acme: Acme;
let limited = '';
beforeAll(async () => {
  acme = await openAcme();
  limited = acme.admin.createToken('alice', { scopes: ['repo'] });
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const content = Buffer.from('on: push\n').toString('base64');

test.each(['ci.yml', 'déploiement.yaml', 'with space.yml', 'tab\tand "quotes".yml'])(
  'without the scope nobody writes .github/workflows/%s',
  async (name) => {
    const path = `/repos/acme/app/contents/.github/workflows/${encodeURIComponent(name)}`;
    const body = { message: 'Add a workflow', content, branch: 'main' };
    const { message } = await acme.ask(limited, 'PUT', path, body, 403);
    expect(message).toBe(
      `refusing to allow a Personal Access Token to create or update workflow \`.github/workflows/${name}\` without \`workflow\` scope`,
    );
    await acme.ask('alice', 'PUT', path, body, 201);
  },
);
