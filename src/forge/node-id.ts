/** The prefix that GitHub gives a type's global ids. */
export const nodePrefixes = {
  App: 'A',
  Artifact: 'MDg6QXJ0aWZhY3',
  Bot: 'BOT',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  Commit: 'C',
  Deployment: 'DE',
  DeploymentStatus: 'DES',
  Environment: 'EN',
  Installation: 'MDIzOk',
  Issue: 'I',
  IssueComment: 'IC',
  Label: 'LA',
  Milestone: 'MI',
  Organization: 'O',
  PullRequest: 'PR',
  PullRequestReview: 'PRR',
  PullRequestReviewComment: 'PRRC',
  PullRequestReviewThread: 'PRRT',
  Reaction: 'REA',
  Ref: 'REF',
  Release: 'RE',
  ReleaseAsset: 'RA',
  Repository: 'R',
  Ruleset: 'RRS',
  StatusContext: 'SC',
  Team: 'T',
  Tree: 'T0',
  Blob: 'B',
  User: 'U',
  Workflow: 'W',
  WorkflowRun: 'WFR',
  Job: 'CRJ',
} as const;

export type NodeType = keyof typeof nodePrefixes;

/** A global id: opaque, stable, the same in REST's `node_id` and GraphQL's `id`. */
export function nodeId(type: NodeType, key: number | string): string {
  return `${nodePrefixes[type]}_${Buffer.from(`${type}:${key}`).toString('base64url')}`;
}

/** What an id stands for; undefined for text that is none. */
export function parseNodeId(id: string): { readonly type: NodeType; readonly key: string } | undefined {
  const text = Buffer.from(id.slice(id.indexOf('_') + 1), 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  const type = (Object.keys(nodePrefixes) as NodeType[]).find((name) => name === text.slice(0, colon));
  const key = text.slice(colon + 1);
  return type === undefined || nodeId(type, key) !== id ? undefined : { type, key };
}
