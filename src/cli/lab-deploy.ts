import { Command } from 'commander';
import { TrunklineError } from '../errors.ts';
import { deployHost } from '../lab/deploy-host.ts';
import type { Ports } from '../ports.ts';

/** `trunkline lab deploy`: the deploy command of environments that are rehearsed in a lab. */
export function labDeployCommand(ports: Ports): Command {
  return new Command('deploy')
    .description(
      'Asks the lab’s deploy target to run an image: a deploy command for environments that are rehearsed. Takes ' +
        'TRUNKLINE_SERVICE, TRUNKLINE_ENVIRONMENT, TRUNKLINE_IMAGE, TRUNKLINE_HEALTH and DEPLOY_TOKEN.',
    )
    .addHelpText('after', '\nExample, in trunkline.yaml:\n  deploy: { command: "trunkline lab deploy" }')
    .action(() => deploy(ports));
}

async function deploy(ports: Ports): Promise<void> {
  const wanted = (name: string): string => {
    const value = ports.env[name] ?? '';
    if (value !== '') return value;
    throw new TrunklineError('INPUT_INVALID', `expected the variable ${name}, found none`, {
      hint:
        name === 'DEPLOY_TOKEN'
          ? 'give the step DEPLOY_TOKEN: a secret of the environment that is deployed to'
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
      body: JSON.stringify({ image, health: wanted('TRUNKLINE_HEALTH') }),
    })
    .catch((error: unknown) => {
      throw new TrunklineError('DEPLOY_FAILED', `the lab’s deploy target ${deployHost} cannot be reached`, {
        hint: 'this command works inside a lab only: trunkline lab up',
        cause: error,
      });
    });
  const answer = (await response.json().catch(() => ({}))) as { message?: string; previous?: string | null };
  if (!response.ok) {
    const why = answer.message ?? `status ${response.status}`;
    throw new TrunklineError('DEPLOY_FAILED', `${service} was not deployed to ${environment}: ${why}`);
  }
  const instead = answer.previous == null ? '' : `, instead of ${answer.previous}`;
  ports.stdout.write(`${service} runs in ${environment}: ${image}${instead}\n`);
}
