import { fixed, word } from './word.ts';

/** What those are told who may not, who are nobody, or who ask too much. */
export const identityWords = {
  badCredentials: fixed('F', 'Bad credentials'),
  requiresAuthentication: fixed('F', 'Requires authentication'),
  undecodableToken: fixed('F', 'A JSON web token could not be decoded'),
  withoutKey: fixed('F', 'Integration must generate a public key'),
  issuedAt: fixed(
    'F',
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
  ),
  expiration: fixed(
    'F',
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
  ),
  expirationTooFar: fixed('F', "'Expiration time' claim ('exp') is too far in the future"),
  byIntegration: fixed('F', 'Resource not accessible by integration'),
  byPersonalToken: fixed('F', 'Resource not accessible by personal access token'),
  suspended: fixed('F', 'This installation has been suspended'),
  pushAccess: fixed('F', 'Must have push access to repository'),
  pushToViewCollaborators: fixed('F', 'Must have push access to view repository collaborators.'),
  pushToViewPermission: fixed('F', 'Must have push access to view collaborator permission.'),
  adminRights: fixed('F', 'Must have admin rights to Repository.'),
  organizationAdmin: fixed('F', 'You must be an org admin or have the organization permission to do this.'),
  tokenNotGranted: fixed('F', 'The permissions requested are not granted to this installation.'),
  repositoryNotGranted: fixed(
    'F',
    'There is at least one repository that does not exist or is not accessible to the parent installation.',
  ),
  notMember: word('K', (login: string) => `${login} is not a member of the organization`, 'mallory'),
  primaryLimit: word('F', (who: string) => `API rate limit exceeded for ${who}.`, 'user ID 1'),
  anonymousLimit: word(
    'F',
    (address: string) =>
      `API rate limit exceeded for ${address}. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)`,
    '127.0.0.1',
  ),
  secondaryLimit: fixed(
    'F',
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  ),
  missingPage: word(
    'F',
    (field: string) =>
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${field}\` connection.`,
    'issues',
  ),
  excessivePage: word(
    'F',
    (size: number, field: string, name: string) =>
      `Requesting ${size} records on the \`${field}\` connection exceeds the \`${name}\` limit of 100 records.`,
    101,
    'teams',
    'first',
  ),
  tooManyNodes: word(
    'F',
    (nodes: number, most: number) =>
      `This query requests up to ${nodes.toLocaleString('en-US')} possible nodes which exceeds the maximum limit of ${most.toLocaleString('en-US')}.`,
    600_000,
    500_000,
  ),
} as const;
