import type { Operation, Plan } from '../../delivery/plan.ts';

/** A plan for people: why, then what would be done, with the texts of files and pull requests. */
export function renderPlan(plan: Plan): string {
  const operations = plan.operations.flatMap((operation) => describe(operation).split('\n'));
  const lines = [
    ...plan.reasons,
    ...(operations.length === 0 ? ['Nothing to do.'] : ['Would:', ...operations.map((line) => `  ${line}`)]),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function describe(operation: Operation): string {
  switch (operation.kind) {
    case 'open':
    case 'update': {
      const what = operation.kind === 'open' ? 'open a pull request' : `renew #${operation.pull.number}`;
      const merge =
        operation.merge === 'manual'
          ? 'waits for somebody to merge it'
          : `merges ${operation.merge === 'now' ? 'at once' : 'by itself once its checks pass'}`;
      const files = operation.files.map((file) => file.path).join(', ');
      return [
        `${what} from ${operation.branch}, which ${merge}`,
        `changes ${files}`,
        operation.title,
        ...operation.body.split('\n').map((line) => `| ${line}`),
      ].join('\n');
    }
    case 'arm':
      return operation.now === true
        ? `merge #${operation.pull.number} at once`
        : `let #${operation.pull.number} merge by itself`;
    case 'batch': {
      const last = operation.steps.at(-1);
      const into =
        operation.pull === undefined
          ? `open a batch from ${operation.branch}`
          : `put on the batch #${operation.pull.number}`;
      return [
        `${into}, which merges by itself once its checks pass`,
        ...operation.steps.map((step) =>
          step.files.length === 0
            ? 'says what it brings'
            : `commit: ${step.commit.headline}, changes ${step.files.map((file) => file.path).join(', ')}`,
        ),
        ...(last === undefined ? [] : [last.title, ...last.body.split('\n').map((line) => `| ${line}`)]),
      ].join('\n');
    }
    case 'delete-branch':
      return `delete ${operation.branch}, which nothing stands for`;
    case 'disarm':
      return `keep #${operation.pull.number} from merging by itself`;
    case 'close':
      return `close #${operation.pull.number}: ${operation.because}`;
    case 'status':
      return `set ${operation.context} of ${operation.sha} to ${operation.state}: ${operation.description}`;
    case 'acknowledge':
      return `acknowledge record ${operation.record} of ${operation.repository}: ${operation.description}`;
    case 'record':
      return `record ${operation.description}`;
    case 'create-branch':
      return `make ${operation.branch} in ${operation.repository} at ${operation.sha}`;
  }
}
