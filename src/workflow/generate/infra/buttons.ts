import { type EnvironmentsConfig, promotedInto, serviceNames } from '../../../config/config.ts';
import type { Fields } from '../render-yaml.ts';
import type { Button } from './button.ts';

/** What people do by hand, by the name of the file. */
export function buttons(config: EnvironmentsConfig): Readonly<Record<string, Button>> {
  const { environments, schedules } = config;
  const names = environments.map((one) => one.name);
  const fed = environments.filter((one) => one.from !== undefined).map((one) => one.name);
  const text = (description: string): Fields => ({ description, required: true, type: 'string' });
  const choice = (description: string, options: readonly string[]): Fields => ({
    description,
    required: true,
    type: 'choice',
    options,
  });
  const service = choice('The service', serviceNames(config));
  const promoted = promotedInto(config).map((one) => one.name);
  const promoting: Readonly<Record<string, Button>> =
    promoted.length === 0
      ? {}
      : {
          'promote.yml': {
            name: 'Promote',
            job: 'promote',
            inputs: { service, environment: choice('The environment', promoted) },
            command: 'trunkline promote "$SERVICE" --to "$ENVIRONMENT"',
            ...(schedules.promote === undefined
              ? {}
              : { schedule: { cron: schedules.promote, command: 'trunkline promote --auto' } }),
          },
        };
  const shipping: Readonly<Record<string, Button>> =
    fed.length === 0
      ? {}
      : {
          'ship-hotfix.yml': {
            name: 'Ship a hotfix',
            job: 'ship',
            inputs: {
              service,
              environment: choice('The environment', fed),
              digest: text('The digest that the hotfix branch published'),
              reason: text('Why'),
              incident: text('The incident that it mends'),
            },
            command:
              'trunkline hotfix ship "$SERVICE" --to "$ENVIRONMENT" --release "$DIGEST" --reason "$REASON" --incident "$INCIDENT"',
          },
        };
  const place = { service, environment: choice('The environment', names), reason: text('Why') };
  return {
    ...promoting,
    ...shipping,
    'rollback.yml': {
      name: 'Roll back',
      job: 'rollback',
      inputs: place,
      command: 'trunkline rollback "$SERVICE" --environment "$ENVIRONMENT" --reason "$REASON" --hold',
    },
    'hold.yml': {
      name: 'Hold',
      job: 'hold',
      inputs: place,
      command: 'trunkline hold "$SERVICE" --environment "$ENVIRONMENT" --reason "$REASON"',
    },
    'resume.yml': {
      name: 'Resume',
      job: 'resume',
      inputs: place,
      command: 'trunkline resume "$SERVICE" --environment "$ENVIRONMENT" --reason "$REASON"',
    },
  };
}
