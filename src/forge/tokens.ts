import { createHash } from 'node:crypto';
import { actionsAppId, type Forge } from './forge.ts';
import type { Token } from './rows.ts';

/** GitHub's own bot of Actions: the same id as on github.com. */
export const actionsBotId = 41898282;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefixes: Readonly<Record<Token['kind'], string>> = {
  classic: 'ghp_',
  'fine-grained': 'github_pat_',
  installation: 'ghs_',
  job: 'ghs_',
};

/** What the store keeps in place of a token. */
export function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Makes a token and answers its text, which is kept nowhere. */
export function mintToken(forge: Forge, token: Omit<Token, 'id' | 'hash'>): { text: string; row: Token } {
  const letters = [...forge.random(40)].map((byte) => alphabet[byte % alphabet.length]).join('');
  const text = `${prefixes[token.kind]}${letters}`;
  const row = forge.store.transaction(() => {
    const made: Token = { ...token, id: forge.store.next('tokens'), hash: hashToken(text) };
    forge.store.tokens.put(made);
    return made;
  });
  return { text, row };
}

/** The row behind a token's text; undefined for unknown, revoked and expired ones. */
export function findToken(forge: Forge, text: string): Token | undefined {
  const row = forge.store.tokens.by('hash', hashToken(text))[0];
  if (row === undefined) return undefined;
  return row.expiresAt !== null && Date.parse(row.expiresAt) <= forge.clock.now() ? undefined : row;
}

/**
 * A job's GITHUB_TOKEN: speaks for `github-actions[bot]` (App 15368) in one repository.
 * Void at `expiresAt` (ISO 8601) or when the job completes, whichever comes first.
 */
export function createJobToken(
  forge: Forge,
  input: {
    readonly jobId: number;
    readonly repositoryId: number;
    readonly permissions: Readonly<Record<string, 'read' | 'write' | 'none' | 'admin'>>;
    readonly expiresAt: string;
  },
): string {
  const permissions: Record<string, 'read' | 'write' | 'admin'> = { metadata: 'read' };
  for (const [name, access] of Object.entries(input.permissions)) {
    if (access !== 'none') permissions[name.replaceAll('-', '_')] = access;
  }
  return mintToken(forge, {
    kind: 'job',
    accountId: actionsBotId,
    appId: actionsAppId,
    jobId: input.jobId,
    repositoryIds: [input.repositoryId],
    permissions,
    expiresAt: input.expiresAt,
  }).text;
}

/** Makes a job's tokens void; joins the transaction that completes the job. */
export function revokeJobTokens(forge: Forge, jobId: number): void {
  forge.store.transaction(() => {
    for (const token of forge.store.tokens.by('job', jobId)) forge.store.tokens.delete(token.id);
  });
}
