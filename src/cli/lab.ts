import type { CommandTable } from './commands.ts';

/** `trunkline lab …` */
export const labCommands: CommandTable = {
  rehearse: {
    summary: 'carry the whole delivery through on this machine, each step checked',
    load: async () => (await import('./lab-rehearse.ts')).labRehearseCommand,
  },
  run: {
    summary: 'run a workflow of the git repository you stand in',
    load: async () => (await import('./lab-run.ts')).labRunCommand,
  },
  up: {
    summary: 'bring a lab up and leave it up',
    load: async () => (await import('./lab-up.ts')).labUpCommand,
  },
  shell: {
    summary: 'a shell in which github.com is the lab',
    load: async () => (await import('./lab-shell.ts')).labShellCommand,
  },
  env: {
    summary: 'print the variables that make github.com the lab',
    load: async () => (await import('./lab-env.ts')).labEnvCommand,
  },
  deploy: {
    summary: "hand a release to the lab's deploy target (a deploy command for rehearsals)",
    load: async () => (await import('./lab-deploy.ts')).labDeployCommand,
  },
  'stand-in': {
    summary: 'a program of GitHub’s machines, imitated (what jobs of a lab run where this machine has none)',
    load: async () => (await import('./lab-stand-in.ts')).labStandInCommand,
  },
};
