import { fillTemplate } from '../../../config/config.ts';
import { split } from '../deeds.ts';
import { askHealth, deploymentsTo, digestNow } from '../look.ts';
import type { FollowedRelease, World } from '../world.ts';

/** An environment pins a release, says that it was deployed, and answers with it over HTTP. */
export async function expectServed(world: World, environment: string, release: FollowedRelease): Promise<boolean> {
  const { book, pair, people } = world;
  const pinned = book.same(`${environment} pins it`, release.digest, await digestNow(world, environment));

  const agent = await tellAsAgent(world, environment);
  const [deployment] = await deploymentsTo(people.reviewer, pair.infra.fullName, environment);
  if (agent !== undefined) {
    book.skip(`a deployment to ${environment} is recorded`, agent);
  } else if (deployment === undefined) {
    book.skip(`a deployment to ${environment} is recorded`, `${pair.infra.fullName} records none`);
  } else {
    book.same(`a deployment to ${environment} is recorded`, 'success', deployment.state);
  }

  const url = pair.healthUrl(environment);
  if (url === undefined) {
    book.skip(`${environment} answers over HTTP`, 'the configuration names no health URL');
    return pinned;
  }
  const answer = await askHealth(world, environment);
  const healthy = book.same(`${url} answers`, 200, answer.status);
  // A line of its body or a header: what else it says is of the moment.
  const said = answer.text.split('\n').find((line) => /[0-9a-f]{40}/.test(line));
  if (answer.status === 200 && said !== undefined) {
    book.holds(`it says which version it is`, release.commit, said.trim(), answer.text.includes(release.commit));
  } else if (healthy) {
    book.skip('it says which version it is', 'the answer names no commit');
  }
  return pinned && healthy;
}

/** In pull mode somebody tells what its agent would: the release serves. Answers why not, where nobody can. */
async function tellAsAgent({ pair, people, github }: World, environment: string): Promise<string | undefined> {
  const pull = pair.environments.find(({ name }) => name === environment)?.pull;
  if (pull === undefined) return undefined;
  if (pull.reporter !== undefined) return `only ${pull.reporter} may say so, and the lab has no agent`;
  const name = fillTemplate(pair.config, pull.name, pair.service, environment);
  const flux = pull.by === 'flux';
  const { fullName, branch } = pair.infra;
  const { data } = await people.owner.api.rest.repos.getBranch({ ...split(fullName), branch });
  await people.owner.api.rest.repos.createCommitStatus({
    ...split(fullName),
    sha: data.commit.sha,
    state: 'success',
    context: flux ? `kustomization/${name}/rehearsal` : `argocd/${name}`,
    ...(flux ? { description: 'reconciliation succeeded' } : {}),
  });
  await github.idle();
  return undefined;
}
