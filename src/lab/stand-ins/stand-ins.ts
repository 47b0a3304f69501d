import type { BuiltInAction } from '../../runner/actions/action.ts';
import type { AwsAccounts } from '../aws/aws-accounts.ts';
import { amazonEcrLogin } from './amazon-ecr-login-action.ts';
import { type BuildOptions, buildPushAction } from './build-push-action.ts';
import { configureAwsCredentials } from './configure-aws-credentials-action.ts';
import { loginAction } from './login-action.ts';
import { metadataAction } from './metadata/metadata-action.ts';
import { setupBuildx, setupQemu } from './setup-actions.ts';
import { trivyAction } from './trivy/trivy-action.ts';

/** Actions that the lab imitates, by name; each says in the report that it was a stand-in. */
export function standIns(options: BuildOptions, aws: AwsAccounts): ReadonlyMap<string, BuiltInAction> {
  const actions = [
    configureAwsCredentials(aws),
    amazonEcrLogin(aws),
    buildPushAction(options),
    loginAction(options.fetch, aws),
    metadataAction(options.clock),
    setupBuildx,
    setupQemu,
    trivyAction(options),
  ];
  return new Map(actions.map((action) => [action.name, action]));
}
