import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { configPath } from '../../../config/config.ts';
import type { Environment } from '../../../model/environment.ts';
import { ask } from '../ask.ts';
import type { Clone } from '../clone.ts';
import { lastPullNumber, merge, openPull, pullsAfter, sayRefusal } from '../deeds.ts';
import type { FollowedRelease, World } from '../world.ts';
import { approvers, carry, expectApproval } from './carry.ts';
import { expectServed } from './served.ts';

const name = 'rehearsal';

/** A frozen environment takes no release, however many approve it, until the freeze is over. */
export async function rehearseFreeze(world: World, release: FollowedRelease, now: () => number): Promise<void> {
  const { book, github, pair, people } = world;
  const [, target] = pair.chain;
  book.phase(`Freeze: ${target?.name ?? 'an environment'} is closed for two days`);
  if (target === undefined) {
    book.skip('a frozen environment takes no release', 'there is only one environment');
    return;
  }
  const day = 86_400_000;
  const local = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const freeze = { start: local(now() - day), end: local(now() + day), timezone: 'Etc/UTC' };
  await changeConfig(world, 'Freeze', (document) => {
    document.setIn(['freezes', name], freeze);
    document.setIn(['environments', target.name, 'gates', 'freeze'], [name]);
  });

  const before = await lastPullNumber(people.developer, pair.infra.fullName);
  await ask(world, people.developer, pair.infra, 'promote', { 0: pair.service, '--to': target.name });
  const [pull] = await pullsAfter(people.developer, pair.infra.fullName, before);
  book.must(book.same('a promotion may be asked for', true, pull !== undefined), 'no pull request appeared');
  if (pull === undefined) return;
  const persons = approvers(world, target, people.developer);
  for (const person of persons) await expectApproval(world, pull, person);
  await github.idle();
  book.matches(
    'approved by all that it wants, it does not merge',
    '405, a required check is not passing',
    /^405 /,
    sayRefusal(await merge(persons[0] ?? people.reviewer, pull)),
  );
  const { data } = await people.reviewer.api.rest.repos.getCombinedStatusForRef({
    owner: pair.infra.fullName.split('/')[0] ?? '',
    repo: pair.infra.fullName.split('/')[1] ?? '',
    ref: pull.headSha,
  });
  const said = data.statuses.find((one) => one.context === 'trunkline / policy')?.description ?? 'no status';
  book.matches('the policy says why, and until when', `${name} until …`, new RegExp(`${name} until \\d{4}-`), said);

  await changeConfig(world, 'Thaw', (document) => {
    document.deleteIn(['environments', target.name, 'gates']);
    document.deleteIn(['freezes']);
  });
  await carry(world, pull, target, []);
  await expectServed(world, target.name, release);
}

/** A reviewed change of trunkline.yaml on the infra repository. */
async function changeConfig(
  world: World,
  title: string,
  edit: (document: ReturnType<typeof parseAllDocuments>[number]) => void,
): Promise<void> {
  const { github, pair, people } = world;
  const pull = await openPull(people.developer, pair.infra.fullName, {
    branch: `rehearsal/${title.toLowerCase()}`,
    from: `origin/${pair.infra.branch}`,
    base: pair.infra.branch,
    title: `${title} for the rehearsal`,
    edit: (clone) => editConfig(clone, edit),
  });
  await github.idle();
  const strictest = pair.chain.at(-1) ?? pair.chain[0];
  const everybody: Environment = {
    ...strictest,
    approve: Object.assign({}, ...pair.environments.map((one) => one.approve)),
  };
  await carry(world, pull, strictest, approvers(world, everybody, people.developer));
}

async function editConfig(
  clone: Clone,
  edit: (document: ReturnType<typeof parseAllDocuments>[number]) => void,
): Promise<void> {
  const file = join(clone.folder, configPath);
  const documents = parseAllDocuments(await readFile(file, 'utf8'), { version: '1.2' });
  if (!Array.isArray(documents)) return;
  const found = documents.find((one) => one.get('kind') === 'Environments');
  if (found !== undefined) edit(found);
  await writeFile(file, documents.map(String).join(''));
}
