import type { WorkflowFacts } from './workflow-facts.ts';

/** A secret that a workflow reads, and what it is for, as far as the workflow shows it. */
export interface SecretWanted {
  readonly name: string;
  /** `environment:` of the job that reads it, as it is written. */
  readonly environment?: string;
  /** `delivery`, `propose`, `rollback`: which App's id or key; `token`: a bot's token; `deploy`: what the deploy target asks for. */
  readonly purpose:
    | 'delivery-id'
    | 'delivery-key'
    | 'propose-id'
    | 'propose-key'
    | 'rollback-id'
    | 'rollback-key'
    | 'token'
    | 'deploy'
    | 'unknown';
}

/** The secrets that workflows read, GITHUB_TOKEN excepted: told by the variable they fill and the command beside them. */
export function secretsWanted(workflows: readonly WorkflowFacts[]): readonly SecretWanted[] {
  const found = new Map<string, SecretWanted>();
  for (const job of workflows.flatMap(({ jobs }) => jobs)) {
    const proposes = job.steps.some(({ run }) => /\btrunkline\s+ci\s+dispatch\b/.test(run));
    for (const step of job.steps) {
      for (const [variable, value] of [...Object.entries(step.env), ...Object.entries(step.inputs), ['', step.run]] as [
        string,
        string,
      ][]) {
        if (passesOn(step, variable, value)) continue;
        for (const [, name = ''] of value.matchAll(/\bsecrets\.([A-Za-z_][A-Za-z0-9_]*)/g)) {
          const upper = name.toUpperCase();
          if (upper === 'GITHUB_TOKEN') continue;
          const wanted: SecretWanted = {
            name: upper,
            ...(job.environment === undefined ? {} : { environment: job.environment }),
            purpose: purposeOf(upper, variable, proposes),
          };
          const key = `${job.environment ?? ''} ${upper}`;
          if (found.get(key) === undefined || found.get(key)?.purpose === 'unknown') found.set(key, wanted);
        }
      }
    }
  }
  return [...found.values()];
}

/**
 * Handed to a workflow of the same repository under the same name: that one's job says where it is kept. Were it a secret
 * of the repository too, any branch could read it.
 */
function passesOn({ title }: { readonly title: string }, variable: string, value: string): boolean {
  return title.startsWith('./') && value.replaceAll(/\s/g, '') === `\${{secrets.${variable}}}`;
}

function purposeOf(name: string, variable: string, proposes: boolean): SecretWanted['purpose'] {
  // One variable takes either App's, by the environment: which one a secret is of its name alone tells.
  if (name === 'ROLLBACK_APP_ID') return 'rollback-id';
  if (name === 'ROLLBACK_APP_KEY') return 'rollback-key';
  switch (variable) {
    case 'TRUNKLINE_APP_ID':
      return proposes ? 'propose-id' : 'delivery-id';
    case 'TRUNKLINE_APP_KEY':
      return proposes ? 'propose-key' : 'delivery-key';
    case 'TRUNKLINE_TOKEN':
      return 'token';
    case 'DEPLOY_TOKEN':
      return 'deploy';
    default:
      return 'unknown';
  }
}
