/** Comments of issues and pull requests. */
export interface Comment {
  readonly id: number;
  readonly repositoryId: number;
  readonly issueNumber: number;
  readonly authorId: number;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Issue {
  readonly id: number;
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly authorId: number;
  readonly labels: readonly string[];
  readonly assigneeIds: readonly number[];
  readonly milestoneId?: number;
  readonly stateReason?: 'completed' | 'not_planned' | 'duplicate' | 'reopened';
  readonly closedById?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export interface Label {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
  /** Of those that every new repository has. */
  readonly default?: boolean;
  readonly createdAt?: string;
}

/** What issues and pull requests are gathered under. */
export interface Milestone {
  readonly id: number;
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: 'open' | 'closed';
  readonly creatorId: number;
  readonly dueOn: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface Reaction {
  readonly id: number;
  readonly repositoryId: number;
  /** What it is to, by its global id. */
  readonly subject: string;
  readonly accountId: number;
  readonly content: ReactionContent;
  readonly createdAt: string;
}
