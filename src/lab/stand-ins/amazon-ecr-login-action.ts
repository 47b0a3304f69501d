import { type ActionCall, type BuiltInAction, booleanInput, input } from '../../runner/actions/action.ts';
import type { AwsAccounts } from '../aws/aws-accounts.ts';
import { keepLogin } from './docker-config.ts';

/** aws-actions/amazon-ecr-login: needs the session that AWS gave the job, and logs docker in with what ECR answers. */
export function amazonEcrLogin(accounts: AwsAccounts): BuiltInAction {
  return {
    name: 'aws-actions/amazon-ecr-login',
    fidelity: 'stand-in',
    run: async (call) => {
      if (input(call, 'registry-type', 'private') !== 'private')
        throw new Error("the lab has no public ECR: registry-type 'public' is not done here");
      const region = call.env['AWS_REGION'] ?? '';
      const key = call.env['AWS_ACCESS_KEY_ID'] ?? '';
      if (region === '') throw new Error('Region is missing');
      if (key === '') throw new Error('Could not load credentials from any providers');
      const session = accounts.session(key);
      if (session === undefined) throw new Error('The security token included in the request is invalid.');
      const registries = input(call, 'registries', session.account)
        .split(',')
        .map((account) => `${account.trim()}.dkr.ecr.${region}.amazonaws.com`);
      const masks = booleanInput(call, 'mask-password', true);
      for (const registry of registries) {
        const password = accounts.registryPassword(session);
        if (masks) call.addMask(password);
        const suffix = registry.replaceAll(/[^a-zA-Z0-9]/g, '_');
        call.setOutput(`docker_username_${suffix}`, 'AWS');
        call.setOutput(`docker_password_${suffix}`, password);
        if (booleanInput(call, 'skip-logout', false)) call.state.set('keep', 'true');
        call.log(`Logging into registry ${registry}`);
        await keepLogin(call, registry, { username: 'AWS', password });
      }
      if (registries.length === 1) call.setOutput('registry', registries[0] ?? '');
      return { conclusion: 'success', post: (later) => logOut(later, registries) };
    },
  };
}

async function logOut(call: ActionCall, registries: readonly string[]): Promise<void> {
  if (call.state.get('keep') === 'true') return;
  for (const registry of registries) {
    await keepLogin(call, registry, undefined);
    call.log(`Logging out of registry ${registry}`);
  }
}
