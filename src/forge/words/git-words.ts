import { fixed } from './word.ts';

/** What refs, objects and request bodies are refused with. */
export const gitWords = {
  refNameInvalid: fixed('K', 'Reference name is not valid'),
  refExists: fixed('F', 'Reference already exists'),
  refMissing: fixed('F', 'Reference does not exist'),
  refNotCreated: fixed('K', 'Reference cannot be created'),
  refNotUpdated: fixed('F', 'Reference cannot be updated'),
  refNotDeleted: fixed('K', 'Reference cannot be deleted'),
  notFastForward: fixed('F', 'Update is not a fast forward'),
  objectMissing: fixed('F', 'Object does not exist'),
  objectNoCommit: fixed('F', 'Object is not a commit'),
  badPath: fixed('F', 'path contains a malformed path component'),
  badTreePath: fixed('F', 'tree.path contains a malformed path component'),
  badTreeMode: fixed('K', 'tree.mode is not valid'),
  badBaseTree: fixed('F', 'base_tree is not a valid tree oid'),
  treeMissing: fixed('F', 'Tree SHA does not exist'),
  parentMissing: fixed('F', 'Parent SHA does not exist or is not a commit object'),
  notBase64: fixed('F', 'content is not valid Base64'),
  emptyRepository: fixed('F', 'Git Repository is empty.'),
  branchNotProtected: fixed('F', 'Branch not protected'),
  branchMissing: fixed('F', 'Branch not found'),
  badJson: fixed('F', 'Problems parsing JSON'),
  noObject: fixed('F', 'Body should be a JSON object'),
  uniqueName: fixed('F', 'Name must be unique'),
} as const;
