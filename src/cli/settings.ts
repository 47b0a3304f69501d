import type { CommandTable } from './commands.ts';

/** `trunkline settings …` */
export const settingsCommands: CommandTable = {
  plan: {
    summary: 'compare rules, environments and permissions with what trunkline.yaml makes of them; writes nothing',
    load: async () => (await import('./settings/plan.ts')).settingsPlanCommand,
  },
  apply: {
    summary: 'set them right, in an order that opens no window; goes on after a kill',
    load: async () => (await import('./settings/apply.ts')).settingsApplyCommand,
  },
  trust: {
    summary: 'write what clouds need to trust the jobs: policies of AWS, Terraform, and how others do it',
    load: async () => (await import('./settings/trust.ts')).settingsTrustCommand,
  },
};
