import { createAppAuth } from '@octokit/auth-app';
import { git } from '../../git/git.ts';
import { hotfixBranches } from '../../settings/rulesets.ts';
import { makeAwsRoles } from './aws-roles.ts';
import { split } from './deeds.ts';
import type { Part } from './pair.ts';
import { createApi, gitEnvironment } from './person.ts';
import { sealSecret } from './seal-secret.ts';
import { type SecretWanted, secretsWanted } from './secrets-wanted.ts';
import type { World } from './world.ts';

export interface SetUpOptions {
  /** Given for repository secrets of both repositories, whatever reads them. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Secrets to be filled with a token of the delivery App's bot. */
  readonly botSecrets: readonly string[];
  /** What the lab's deploy target asks for. */
  readonly deployToken: string;
  /** Gives people, teams and Apps their place in the repositories, which exist by then. */
  readonly joinRepositories: () => Promise<void>;
}

/** Makes both repositories: content, settings, environments and secrets, as an organisation's owner would. */
export async function setUp(world: World, options: SetUpOptions): Promise<void> {
  const { app, infra } = world.pair;
  for (const part of [app, infra]) await makeRepository(world, part);
  await options.joinRepositories();
  const bot = options.botSecrets.length === 0 ? undefined : await botToken(world);
  await shareImages(world);
  await makeAwsRoles(world);
  await Promise.all([app, infra].map((part) => pushContent(world, part)));
  // One after the other, as anybody who compares two GitHubs wants to find it.
  for (const part of [app, infra])
    await world.people.owner.api.rest.repos.update({ ...split(part.fullName), default_branch: part.branch });
  for (const part of [app, infra]) {
    await fillSecrets(world, part, options, bot);
    await setActions(world, part, true);
  }
}

/** Whoever verifies signatures must be able to read what they hang on; whoever says that an image came, to hang that on it. */
async function shareImages({ book, github, pair: { app, infra, config } }: World): Promise<void> {
  if (config.accept.every(({ verify }) => verify.length === 0)) return;
  const attests = infra.workflows.some(({ jobs }) =>
    jobs.some(({ steps }) => steps.some(({ run }) => run.includes('trunkline ci attest '))),
  );
  const how = `the images of ${app.fullName} can be ${attests ? 'written' : 'read'} by jobs of ${infra.fullName}`;
  book.note(
    github.sharePackages === undefined
      ? `${how} once somebody says so in their packages' settings`
      : `${how}; on GitHub that is said in the packages' settings ("Manage Actions access")`,
  );
  await github.sharePackages?.(app.fullName, infra.fullName, attests ? 'write' : 'read');
}

async function makeRepository(world: World, part: Part): Promise<void> {
  const { api } = world.people.owner;
  const { owner, repo } = split(part.fullName);
  await api.rest.repos.createInOrg({
    org: owner,
    name: repo,
    private: true,
    allow_auto_merge: true,
    allow_squash_merge: true,
    delete_branch_on_merge: true,
  });
  // What is pushed now was there before; it must start nothing.
  await setActions(world, part, false);
}

async function setActions(world: World, part: Part, enabled: boolean): Promise<void> {
  await world.people.owner.api.rest.actions.setGithubActionsPermissionsRepository({
    ...split(part.fullName),
    enabled,
    ...(enabled ? { allowed_actions: 'all' as const } : {}),
  });
}

async function pushContent(world: World, part: Part): Promise<void> {
  const { github, people } = world;
  await git(
    [
      '-c',
      'core.hooksPath=/dev/null',
      'push',
      '--quiet',
      `${github.urls.html}/${part.fullName}.git`,
      `${part.source.head}:refs/heads/${part.branch}`,
    ],
    {
      cwd: part.source.folder,
      // The user's hooks and settings are for pushes of their own.
      isolated: true,
      env: gitEnvironment(github, people.owner.token),
    },
  );
}

async function fillSecrets(world: World, part: Part, options: SetUpOptions, bot: string | undefined): Promise<void> {
  const wanted = secretsWanted(part.workflows);
  const literal = wanted.flatMap(({ environment }) => (environment?.includes('${{') === false ? [environment] : []));
  const own = part === world.pair.infra ? world.pair.environments.map(({ name }) => name) : [];
  for (const name of new Set([...own, ...literal])) await makeEnvironment(world, part, name);
  for (const secret of wanted) {
    const value = options.botSecrets.includes(secret.name) ? bot : secretValue(world, secret, options);
    if (value === undefined) {
      world.book.note(`${part.fullName} reads the secret ${secret.name}, which nobody gave: it is empty, as on GitHub`);
      continue;
    }
    const environments =
      secret.environment === undefined ? [undefined] : secret.environment.includes('${{') ? own : [secret.environment];
    for (const environment of environments) await putSecret(world, part, environment, secret.name, value);
  }
  for (const [name, value] of options.secrets) await putSecret(world, part, undefined, name, value);
}

/**
 * Every environment holds a secret, so none is open to a branch that anybody who writes may push: only the default
 * branch gets in, and in the application, where a push to it publishes, the hotfix branches that rulesets protect, and the
 * tags that release.
 */
async function makeEnvironment(world: World, part: Part, name: string): Promise<void> {
  const { api } = world.people.owner;
  const where = { ...split(part.fullName), environment_name: name };
  await api.rest.repos.createOrUpdateEnvironment({
    ...where,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  const onPush = part.workflows.some(
    ({ events, jobs }) =>
      // What is called runs for whatever its caller does.
      (events.includes('push') || events.includes('workflow_call')) &&
      jobs.some(({ environment }) => environment === name),
  );
  const hotfixes = part === world.pair.app && onPush ? [hotfixBranches] : [];
  for (const branch of [part.branch, ...hotfixes])
    await api.rest.repos.createDeploymentBranchPolicy({ ...where, name: branch });
  const released = part.workflows
    .filter(({ jobs }) => jobs.some(({ environment }) => environment === name))
    .flatMap(({ tags }) => tags);
  for (const tag of part === world.pair.app ? new Set(released) : [])
    await api.rest.repos.createDeploymentBranchPolicy({ ...where, name: tag, type: 'tag' });
}

async function putSecret(
  world: World,
  part: Part,
  environment: string | undefined,
  name: string,
  value: string,
): Promise<void> {
  const { api } = world.people.owner;
  const where = { ...split(part.fullName), secret_name: name };
  if (environment === undefined) {
    const { data } = await api.rest.actions.getRepoPublicKey(where);
    const encrypted_value = await sealSecret(data.key, value);
    await api.rest.actions.createOrUpdateRepoSecret({ ...where, key_id: data.key_id, encrypted_value });
    return;
  }
  const { data } = await api.rest.actions.getEnvironmentPublicKey({ ...where, environment_name: environment });
  const encrypted_value = await sealSecret(data.key, value);
  await api.rest.actions.createOrUpdateEnvironmentSecret({
    ...where,
    environment_name: environment,
    key_id: data.key_id,
    encrypted_value,
  });
}

/** A token of the delivery App's installation, as its bot would use it. */
async function botToken(world: World): Promise<string> {
  const { github, delivery, pair } = world;
  const auth = createAppAuth({
    appId: delivery.id,
    privateKey: delivery.privateKey,
    request: world.people.owner.api.request.defaults({ headers: { authorization: '' } }),
  });
  const { token: jwt } = await auth({ type: 'app' });
  const api = createApi(github, jwt);
  const { data } = await api.rest.apps.getRepoInstallation(split(pair.infra.fullName));
  const { token } = await auth({ type: 'installation', installationId: data.id });
  return token;
}

function secretValue(world: World, secret: SecretWanted, options: SetUpOptions): string | undefined {
  const given = options.secrets.get(secret.name);
  if (given !== undefined) return given;
  switch (secret.purpose) {
    case 'delivery-id':
      return String(world.delivery.id);
    case 'delivery-key':
      return world.delivery.privateKey;
    case 'propose-id':
      return String(world.propose.id);
    case 'propose-key':
      return world.propose.privateKey;
    case 'rollback-id':
      return world.rollback === undefined ? undefined : String(world.rollback.id);
    case 'rollback-key':
      return world.rollback?.privateKey;
    case 'deploy':
      return options.deployToken;
    case 'token':
    case 'unknown':
      return undefined;
  }
}
