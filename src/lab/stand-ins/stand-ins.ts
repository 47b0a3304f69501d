import type { BuiltInAction } from '../../runner/actions/action.ts';
import type { AwsAccounts } from '../aws/aws-accounts.ts';
import { amazonEcrLogin } from './amazon-ecr-login-action.ts';
import { type BuildOptions, buildPushAction } from './build-push-action.ts';
import { configureAwsCredentials } from './configure-aws-credentials-action.ts';
import { loginAction } from './login-action.ts';
import { metadataAction } from './metadata-action.ts';

/** Actions that the lab imitates, by name; each says in the report that it was a stand-in. */
export function standIns(options: BuildOptions, aws: AwsAccounts): ReadonlyMap<string, BuiltInAction> {
  const actions = [
    configureAwsCredentials(aws),
    amazonEcrLogin(aws),
    buildPushAction(options),
    loginAction(options.fetch),
    metadataAction,
    nothingToDo('docker/setup-buildx-action', { name: 'lab', driver: 'lab', platforms: 'linux/amd64,linux/arm64' }),
    nothingToDo('docker/setup-qemu-action', { platforms: 'linux/amd64,linux/arm64', status: 'ready' }),
  ];
  return new Map(actions.map((action) => [action.name, action]));
}

function nothingToDo(name: string, outputs: Readonly<Record<string, string>>): BuiltInAction {
  return {
    name,
    fidelity: 'stand-in',
    run: async (call) => {
      call.log(`The lab builds images by itself: there is nothing for ${name} to set up.`);
      return { conclusion: 'success', outputs };
    },
  };
}
