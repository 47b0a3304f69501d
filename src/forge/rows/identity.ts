import type { ActionsSettings, OidcSubject } from './settings.ts';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
  readonly email: string | null;
  readonly siteAdmin: boolean;
  /** For a bot: the App it speaks for. */
  readonly appId?: number;
  /** For an organisation: who is in it. */
  readonly members?: readonly { readonly accountId: number; readonly role: 'member' | 'admin' }[];
  readonly oidcSubject?: OidcSubject;
  /** What an organisation's members may do in all its repositories; `read` unless set. */
  readonly baseRole?: Role | 'none';
  /** Whether an organisation wants to approve fine-grained tokens. */
  readonly approvesTokens?: boolean;
  /** An organisation's own roles, by people and teams that have them. */
  readonly roleAssignments?: readonly {
    readonly roleId: number;
    readonly accountId?: number;
    readonly teamId?: number;
  }[];
  readonly actions?: ActionsSettings;
  readonly createdAt: string;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly ownerId: number;
  /** PEM; the private half is handed out once and never kept. */
  readonly publicKey: string;
  readonly botId: number;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** What its hook is told of. */
  readonly events?: readonly string[];
  readonly createdAt: string;
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number;
  readonly repositoryIds: readonly number[] | 'all';
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** While it is suspended its tokens are refused. */
  readonly suspendedAt?: string;
  readonly suspendedById?: number;
  readonly createdAt: string;
}

export interface Token {
  readonly id: number;
  /** SHA-256 of the token in hex: the token itself is not kept. */
  readonly hash: string;
  readonly kind: 'classic' | 'fine-grained' | 'installation' | 'job';
  readonly accountId: number;
  readonly appId?: number;
  readonly installationId?: number;
  readonly jobId?: number;
  readonly repositoryIds: readonly number[] | 'all';
  /** Fine-grained, installation and job tokens. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** Classic tokens. */
  readonly scopes?: readonly string[];
  readonly expiresAt: string | null;
  /** Fine-grained tokens: what their owner calls them. */
  readonly name?: string;
  /** Fine-grained tokens: whose repositories they are for; everybody's that the owner may see unless set. */
  readonly resourceOwnerId?: number;
  /** What the organisation said that they are for, where it wants to be asked. */
  readonly approval?: 'pending' | 'approved' | 'denied' | 'revoked';
  readonly createdAt?: string;
}

export type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface Team {
  readonly id: number;
  readonly organizationId: number;
  readonly slug: string;
  readonly name: string;
  /** Without those of the teams below it. */
  readonly memberIds: readonly number[];
  /** Members who may change who is in it. */
  readonly maintainerIds?: readonly number[];
  readonly parentId?: number;
  readonly description?: string;
  readonly privacy?: 'closed' | 'secret';
  readonly repositories: readonly { readonly repositoryId: number; readonly role: Role }[];
}
