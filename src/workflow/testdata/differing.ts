/** Cases of reader/ whose outcome differs from GitHub's, each with the reason. */
export const differing: Readonly<Record<string, string>> = {
  'error.yml':
    'made before background steps were released (June 2026): the message names their keys too',
  'errors-anchor-tag.yml':
    'made before GitHub took anchors (September 2025): the value is an anchor, and the script empty',
  'errors-max-result-size.yml':
    'contradicts max-result-size.yml, where the same workflow is within a lower limit; 1,028 bytes are counted here',
  'errors-reusable-workflow-permissions-not-allowed-request-read-all-allowed-none.yml':
    'made before GitHub had the scopes artifact-metadata, attestations, models and vulnerability-alerts, which are named here too; the message is not cut at 500 characters',
  'errors-reusable-workflow-permissions-not-allowed-request-write-all-allowed-none.yml':
    'made before GitHub had the scopes artifact-metadata, attestations, models and vulnerability-alerts, which are named here too; the message is not cut at 500 characters',
  'errors-reusable-workflow-permissions-not-allowed-request-write-all-allowed-read-all.yml':
    'made before GitHub had the scopes artifact-metadata, attestations, models and vulnerability-alerts, which are named here too; the message is not cut at 500 characters',
  'events-mapping-all.yml':
    'names both forms of a filter for one event, which the server refuses and the package does not check',
  'events-single-invalid.yml':
    'on-workflow_dispatch-unknown-keys-ignored.yml says the opposite: the server passes over unknown keys of workflow_dispatch, the package does not',
};
