import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { deployHost } from '../lab/deploy-host.ts';
import type { Ports } from '../ports.ts';
import { collect } from './lab-options.ts';

/** `trunkline lab deploy`: the deploy command of environments that are rehearsed in a lab. */
export function labDeployCommand(ports: Ports): Command {
  return new Command('deploy')
    .description(
      'Asks the lab’s deploy target to run an image: a deploy command for environments that are rehearsed. Takes ' +
        'TRUNKLINE_SERVICE, TRUNKLINE_ENVIRONMENT, TRUNKLINE_IMAGE, TRUNKLINE_HEALTH and DEPLOY_TOKEN.',
    )
    .option('--with <image>', 'what it keeps its data in: postgres:16, redis:7 or rabbitmq:3', collect, [])
    .addHelpText(
      'after',
      '\nExample, in trunkline.yaml:\n  deploy: { command: "trunkline lab deploy --with postgres:16", secrets: [DEPLOY_TOKEN] }\n' +
        'The service finds it by DATABASE_URL, REDIS_URL or AMQP_URL.',
    )
    .action((options: { readonly with: readonly string[] }) => deploy(ports, options.with));
}

interface Answer {
  readonly message?: string;
  readonly previous?: string | null;
  /** What is not on this machine, and what brings it there. */
  readonly without?: readonly string[];
}

async function deploy(ports: Ports, backing: readonly string[]): Promise<void> {
  const wanted = (name: string): string => {
    const value = ports.env[name] ?? '';
    if (value !== '') return value;
    throw new TrunklineError('INPUT_INVALID', `expected the variable ${name}, found none`, {
      hint:
        name === 'DEPLOY_TOKEN'
          ? 'let the deploy command have it, a secret of the environment: deploy: { secrets: [DEPLOY_TOKEN] } in trunkline.yaml, then trunkline generate'
          : 'run it as the deploy command of `trunkline ci deploy`',
    });
  };
  const service = wanted('TRUNKLINE_SERVICE');
  const environment = wanted('TRUNKLINE_ENVIRONMENT');
  const image = wanted('TRUNKLINE_IMAGE');
  const url = `http://${deployHost}/environments/${encodeURIComponent(environment)}/services/${encodeURIComponent(service)}`;
  const response = await ports
    .fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${wanted('DEPLOY_TOKEN')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ image, health: wanted('TRUNKLINE_HEALTH'), with: backing }),
    })
    .catch((error: unknown) => {
      throw new TrunklineError('DEPLOY_FAILED', `the lab’s deploy target ${deployHost} cannot be reached`, {
        hint: 'this command works inside a lab only: trunkline lab up',
        cause: error,
      });
    });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (!response.ok) {
    const why = answer.message ?? `status ${response.status}`;
    throw new TrunklineError('DEPLOY_FAILED', `${service} was not deployed to ${environment}: ${why}`);
  }
  for (const one of answer.without ?? []) ports.stderr.write(`${service} runs without ${one}\n`);
  const instead = answer.previous == null ? '' : `, instead of ${answer.previous}`;
  ports.stdout.write(`${service} runs in ${environment}: ${image}${instead}\n`);
}
