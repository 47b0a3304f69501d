import type { NotifyKind } from '../../config/config.ts';
import { secretsEnv } from './notify-secrets.ts';
import type { Fields } from './render-yaml.ts';
import { run } from './steps.ts';

/** What a job may that tells people, and keeps on the commit whom it told: a run that is started again tells nobody twice. */
export const notifyPermissions: Fields = { contents: 'read', statuses: 'write' };

/** A step that tells the channels, in a checkout with trunkline.yaml; values may be expressions. `secrets`: the channels' names of them. */
export function notifyStep(
  name: string,
  said: {
    readonly kind: NotifyKind | `\${{ ${string} }}`;
    readonly service: string;
    readonly environment: string;
    readonly reason: string;
  },
  secrets: readonly string[],
): Fields {
  return run(
    name,
    'trunkline ci notify --kind "$KIND" --service "$SERVICE" --environment "$ENVIRONMENT" --reason "$REASON" --once',
    {
      KIND: said.kind,
      SERVICE: said.service,
      ENVIRONMENT: said.environment,
      REASON: said.reason,
      GITHUB_TOKEN: '${{ github.token }}',
      ...secretsEnv(secrets),
    },
  );
}
