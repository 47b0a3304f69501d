/** What each workflow is for, in its first lines. */
export const about: Readonly<Record<string, readonly string[]>> = {
  'checks.yml': ['What every pull request has to pass. It holds no secret: code of the pull request runs here.'],
  'delivery.yml': [
    'Finds which services a change touches and has each tested; what lands on the branch or on a hotfix branch is published.',
    'The check of a service is "<service> / passed": it always runs, also where nothing of the service changed.',
  ],
  'deploy.yml': ['Deploys the environments whose pins changed, each by itself.'],
  'deploy-environment.yml': [
    'Deploys one environment. Jobs that never run what is deployed do what follows: where a service does not become healthy, one',
    'opens the pull request that puts the release before it back; where releases are signed, one signs that they came here.',
  ],
  'drift.yml': [
    'Compares workflows and settings with trunkline.yaml on a schedule; one issue says that something differs.',
  ],
  'health.yml': [
    'Records how releases are that an agent brings in, as it tells GitHub by statuses, and opens a way back from what does not',
    'serve. Nothing here reaches the cluster.',
  ],
  'hold.yml': ['A button: stops automation for a service in an environment. The hold is a line in a reviewed file.'],
  'hotfix.yml': [
    'A button: opens hotfixes/<name> at a commit that was released. The fix itself is a reviewed pull request there.',
  ],
  'policy-relay.yml': [
    'Holds no permission and no secret: it only lets policy.yml, which runs from the default branch, know of a change.',
  ],
  'policy.yml': [
    'Judges the pull request that the relay saw, and all that are open when what it judges by changes. Runs from the default',
    "branch, beside the App's key; no code of a pull request runs here.",
  ],
  'promote.yml': ['A button: opens the pull request that brings a service to the next environment.'],
  'prune.yml': [
    'Takes images away that nothing uses: nothing that the infra repository names, named lately or may go back to. A button',
    'says what would go.',
  ],
  'publish.yml': [
    'Tests one service; what was merged is built once, checked, and proposed to the infra repository by its digest.',
    'Jobs that hold a secret start for pushes only. Values reach scripts as variables, never as text.',
  ],
  'receive.yml': [
    'The doorbell: reads what the accepted repositories have published and proposes the newest release of each service.',
  ],
  'release.yml': ['A tag becomes a GitHub release of what its own commit was built into. Nothing is built again.'],
  'resume.yml': ['A button: lifts a hold; the newest release follows.'],
  'rollback.yml': [
    'A button: opens the pull request that puts the release before this one back, and holds the service there.',
  ],
  'security.yml': ['Scans everything on a schedule, whatever changed; a button starts one of the scans.'],
  'ship-hotfix.yml': ['A button: brings a hotfix to an environment past named gates, on record with its debt.'],
  'sweep.yml': ['Delivers what a lost doorbell left, renews what conflicts, and judges again what time has changed.'],
};
