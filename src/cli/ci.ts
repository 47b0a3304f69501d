import { gateCommands } from './ci/gate.ts';
import type { CommandTable } from './commands.ts';

/** `trunkline ci …`: what workflows call. */
export const ciCommands: CommandTable = {
  attest: {
    summary: 'hang a signed statement on an image',
    load: async () => (await import('./ci/sign/attest.ts')).attestCommand,
  },
  bump: {
    summary: 'propose a release to the first environments',
    load: async () => (await import('./ci/bump.ts')).bumpCommand,
  },
  changed: {
    summary: 'which environments and services a change touches',
    load: async () => (await import('./ci/changed.ts')).changedCommand,
  },
  deploy: {
    summary: 'deploy what changed in an environment',
    load: async () => (await import('./ci/deploy.ts')).deployCommand,
  },
  dispatch: {
    summary: 'record a published release and tell the infra repository',
    load: async () => (await import('./ci/dispatch.ts')).dispatchCommand,
  },
  gate: { summary: 'judge a report of a test or scan tool', commands: gateCommands },
  health: {
    summary: 'record how an environment is, and say so on pull requests',
    load: async () => (await import('./ci/health.ts')).healthCommand,
  },
  manifests: {
    summary: 'whether manifests can be read and pin by digest',
    load: async () => (await import('./ci/manifests.ts')).manifestsCommand,
  },
  notify: {
    summary: 'tell Slack, Discord, PagerDuty or a webhook what happened',
    load: async () => (await import('./ci/notify.ts')).notifyCommand,
  },
  parity: {
    summary: 'whether environments differ in what may differ only',
    load: async () => (await import('./ci/parity.ts')).parityCommand,
  },
  policy: {
    summary: 'judge pull requests on the infra repository',
    load: async () => (await import('./ci/policy.ts')).policyCommand,
  },
  prune: {
    summary: 'take images away that nothing uses',
    load: async () => (await import('./ci/prune.ts')).pruneCommand,
  },
  push: {
    summary: 'push an image’s archive as it was built',
    load: async () => (await import('./ci/push.ts')).pushCommand,
  },
  receive: {
    summary: 'deliver what has been published',
    load: async () => (await import('./ci/receive.ts')).receiveCommand,
  },
  release: {
    summary: 'make the GitHub release of a tag, of what its commit was built into',
    load: async () => (await import('./ci/release.ts')).releaseCommand,
  },
  replace: {
    summary: 'rewrite files where a variable matches: the published mapping language',
    load: async () => (await import('./ci/replace.ts')).replaceCommand,
  },
  routes: {
    summary: 'which ref or image tag leads to which environment',
    load: async () => (await import('./ci/routes.ts')).routesCommand,
  },
  sbom: {
    summary: 'write the SBOM of an npm project',
    load: async () => (await import('./ci/sign/sbom.ts')).sbomCommand,
  },
  sign: {
    summary: 'sign an image in the name of the job',
    load: async () => (await import('./ci/sign/sign.ts')).signCommand,
  },
  smoke: {
    summary: 'ask a deployed service whether it answers as it should',
    load: async () => (await import('./ci/smoke.ts')).smokeCommand,
  },
  trust: {
    summary: 'print who must have signed what, for clusters and people',
    load: async () => (await import('./ci/trust.ts')).trustCommand,
  },
  verify: {
    summary: 'check who signed an image',
    load: async () => (await import('./ci/sign/verify.ts')).verifyCommand,
  },
  sweep: {
    summary: 'deliver what was lost, judge again what time has changed',
    load: async () => (await import('./ci/sweep.ts')).sweepCommand,
  },
};
