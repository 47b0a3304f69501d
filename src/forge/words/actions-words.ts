import { fixed, word } from './word.ts';

/** What Actions and deployments are refused with. */
export const actionsWords = {
  unpinnedActions: word(
    'F',
    (actions: readonly string[], repository: string) =>
      `The action${actions.length === 1 ? '' : 's'} ${list(actions)} ${actions.length === 1 ? 'is' : 'are'} not allowed in ${repository} because all actions must be pinned to a full-length commit SHA.`,
    ['actions/checkout@v4'],
    'acme/app',
  ),
  actionNotAllowed: word(
    'F',
    (action: string, repository: string, policy: string) =>
      `${action} is not allowed to be used in ${repository}. Actions in this workflow must be: ${policy}.`,
    'evil/action@v1',
    'acme/app',
    'within a repository owned by acme',
  ),
  runNotWaiting: fixed('F', 'This run is not from a fork pull request or queued by the Actions bot'),
  /** Said too to whoever may not review what waits, or what they started. */
  nothingPending: fixed('F', 'No pending deployment requests to approve or reject'),
  noSuchGate: fixed('K', 'No pending deployment of this environment waits for this App'),
  runCompleted: fixed('F', 'Cannot cancel a workflow run that is completed.'),
  runUnderWay: fixed('F', 'This workflow is already running'),
  runNotRetried: fixed('F', 'This workflow run cannot be retried'),
  statusesFull: fixed('F', 'This SHA and context has reached the maximum number of statuses.'),
  organizationForbids: fixed('K', 'The organization does not allow this'),
  noDispatchTrigger: fixed('F', "Workflow does not have 'workflow_dispatch' trigger"),
  workflowDisabled: fixed('F', "Cannot trigger a 'workflow_dispatch' on a disabled workflow"),
  workflowUnreadable: word(
    'F',
    (problem: string) => `failed to parse workflow: ${problem}`,
    "(Line: 3, Col: 3): Unexpected value 'step'",
  ),
  notSealed: fixed('K', 'The value provided for the encrypted_value field is not a valid libsodium sealed box.'),
  runNotCompleted: fixed('F', 'Could not delete the workflow run'),
  variableExists: fixed('F', 'Already exists - Variable already exists'),
  descriptionTooLong: fixed('F', 'description is too long (maximum is 140 characters)'),
  activeDeployment: fixed(
    'D',
    'We cannot delete an active deployment unless it is the only deployment in a given environment.',
  ),
  appOnly: fixed('F', 'You must authenticate via a GitHub App.'),
  inputsUnexpected: word('F', (names: readonly string[]) => `Unexpected inputs provided: ${JSON.stringify(names)}`, [
    'colour',
  ]),
  inputRequired: word('F', (name: string) => `Required input '${name}' not provided`, 'colour'),
  inputNoChoice: word(
    'F',
    (value: string, name: string) => `Provided value '${value}' for input '${name}' not in the list of allowed values`,
    'red',
    'colour',
  ),
  inputNoBoolean: word(
    'K',
    (value: string, name: string) => `Provided value '${value}' for input '${name}' is not a boolean`,
    'maybe',
    'dry-run',
  ),
  inputNoNumber: word(
    'K',
    (value: string, name: string) => `Provided value '${value}' for input '${name}' is not a number`,
    'many',
    'copies',
  ),
  refNotFound: word('F', (ref: string) => `No ref found for: ${ref}`, 'main'),
  deploymentChecksFailed: word('F', (ref: string) => `Conflict: Commit status checks failed for ${ref}.`, 'main'),
  daysRange: word('K', (most: number) => `days must be from 1 to ${most}.`, 90),
  noClaimKey: word('K', (key: string) => `${key} is not a claim key.`, 'colour'),
} as const;

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
