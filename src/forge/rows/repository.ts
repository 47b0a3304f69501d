import type { Role } from './identity.ts';
import type { ActionsSettings, OidcSubject } from './settings.ts';

export interface Repository {
  readonly id: number;
  readonly ownerId: number;
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly collaborators: readonly { readonly accountId: number; readonly role: Role }[];
  readonly allowMergeCommit: boolean;
  readonly allowSquashMerge: boolean;
  readonly allowRebaseMerge: boolean;
  readonly allowAutoMerge: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly defaultWorkflowPermissions: 'read' | 'write';
  readonly canApprovePullRequestReviews: boolean;
  /** Workflows run unless this is false. */
  readonly actionsEnabled?: boolean;
  readonly actions?: ActionsSettings;
  readonly oidcSubject?: OidcSubject;
  readonly forkOf?: number;
  readonly createdAt: string;
  readonly pushedAt: string | null;
}
