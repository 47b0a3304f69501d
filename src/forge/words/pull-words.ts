import { fixed } from './word.ts';

/** What pull requests and reviews are refused with. */
export const pullWords = {
  mayNotDismiss: fixed('K', 'You are not allowed to dismiss this review.'),
  onePendingReview: fixed('F', 'User can only have one pending review per pull request'),
  notPending: fixed('K', 'Review can not be submitted, as it is not pending'),
  alreadySubmitted: fixed('F', 'Can not delete a non-pending pull request review'),
  blankBody: fixed('F', "Review Body can't be blank"),
  ownApproval: fixed('F', 'Review Can not approve your own pull request'),
  ownChanges: fixed('F', 'Review Can not request changes on your own pull request'),
  jobApproval: fixed('F', 'GitHub Actions is not permitted to approve pull requests.'),
  jobPull: fixed('F', 'GitHub Actions is not permitted to create or approve pull requests.'),
  foreignCommit: fixed('K', 'Review commit_id is not part of the pull request'),
  blankMessage: fixed('K', "Message can't be blank"),
  dismissComment: fixed('F', 'Can not dismiss a commented pull request review'),
  notCollaborator: fixed(
    'F',
    'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
  ),
  ownReview: fixed('F', 'Review cannot be requested from pull request author.'),
  unknownTeam: fixed('F', 'Could not add requested reviewers to pull request.'),
  mergeQueueLater: fixed('K', 'The merge queue is not served by the lab yet: merge, or arm auto-merge, instead'),
} as const;
