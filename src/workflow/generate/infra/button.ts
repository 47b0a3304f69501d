import { controlEnvironment } from '../../../model/github-environments.ts';
import type { Pins } from '../pins.ts';
import type { Fields, Value } from '../render-yaml.ts';
import { appEnv, run, trunkline } from '../steps.ts';

/** A workflow that a person starts, and that runs one command as the delivery App. */
export interface Button {
  readonly name: string;
  readonly job: string;
  readonly inputs: Fields;
  /** Values come as variables: `$SERVICE` is the input `service`. */
  readonly command: string;
  /** Starts it too, with nothing said. */
  readonly schedule?: { readonly cron: string; readonly command: string };
}

export function button({ name, job, inputs, command, schedule }: Button, runner: Value, pins: Pins): Fields {
  const env = Object.fromEntries(
    Object.keys(inputs).map((input) => [input.toUpperCase().replaceAll('-', '_'), `\${{ inputs.${input} }}`]),
  );
  const jobOf = (script: string, variables: Fields, condition?: string): Fields => ({
    ...(condition === undefined ? {} : { if: condition }),
    'runs-on': runner,
    'timeout-minutes': 5,
    environment: { name: controlEnvironment, deployment: false },
    permissions: {},
    steps: [trunkline(pins), run(name, script, { ...variables, ...appEnv })],
  });
  return {
    name,
    on: { workflow_dispatch: { inputs }, ...(schedule === undefined ? {} : { schedule: [{ cron: schedule.cron }] }) },
    permissions: {},
    concurrency: { group: job, 'cancel-in-progress': false, queue: 'max' },
    jobs: {
      [job]: jobOf(command, env, schedule === undefined ? undefined : "github.event_name == 'workflow_dispatch'"),
      ...(schedule === undefined ? {} : { due: jobOf(schedule.command, {}, "github.event_name == 'schedule'") }),
    },
  };
}
