import type { Role } from './identity.ts';
import type { ActionsSettings, OidcSubject } from './settings.ts';

export type PropertyValue = string | readonly string[];

/** What an organisation wants to know of each of its repositories. */
export interface CustomProperty {
  readonly id: number;
  readonly organizationId: number;
  readonly name: string;
  readonly valueType: 'string' | 'single_select' | 'multi_select' | 'true_false' | 'url';
  /** Then `defaultValue` stands where a repository has none of its own. */
  readonly required: boolean;
  readonly defaultValue: PropertyValue | null;
  readonly description: string | null;
  readonly allowedValues: readonly string[] | null;
  readonly editableBy: 'org_actors' | 'org_and_repo_actors';
}

/** A key that could push and fetch by SSH; the lab serves none, and knows only that it is there. */
export interface DeployKey {
  readonly id: number;
  readonly repositoryId: number;
  readonly title: string;
  readonly key: string;
  readonly readOnly: boolean;
  readonly addedById: number;
  readonly createdAt: string;
}

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
  readonly homepage?: string;
  readonly topics?: readonly string[];
  /** Nothing of it can be changed while it is. */
  readonly archivedAt?: string;
  /** Whole, in lower case: it still answers to them. */
  readonly formerNames?: readonly string[];
  /** Of the properties that its organisation defines, those that it has a value of its own for. */
  readonly properties?: Readonly<Record<string, PropertyValue>>;
  readonly createdAt: string;
  readonly pushedAt: string | null;
}
