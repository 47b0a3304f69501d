import type { Command } from 'commander';
import type { Ports } from '../ports.ts';
import { ciCommands } from './ci.ts';
import { labCommands } from './lab.ts';
import { settingsCommands } from './settings.ts';

/** What makes a command, once the ports are known. */
export type MakeCommand = (ports: Ports) => Command;

export interface CommandEntry {
  readonly summary: string;
  /** The heading under which `--help` lists it. */
  readonly group?: string;
  /** Imported only when this command is asked for: `--help` must not wait for the lab. */
  readonly load: () => Promise<MakeCommand>;
}

export interface CommandGroup {
  readonly summary: string;
  readonly group?: string;
  readonly commands: CommandTable;
}

export type CommandTable = Readonly<Record<string, CommandEntry | CommandGroup>>;

const people = 'For people:';
const repository = 'For a repository:';

/** Every command, by the word the user types. */
export const commands: CommandTable = {
  init: {
    summary: 'write trunkline.yaml from what is in the repository',
    group: people,
    load: async () => (await import('./init.ts')).initCommand,
  },
  status: {
    summary: 'what is where, and where a change is stuck',
    group: people,
    load: async () => (await import('./status.ts')).statusCommand,
  },
  diff: {
    summary: 'what differs between two environments, and the commits between',
    group: people,
    load: async () => (await import('./diff.ts')).diffCommand,
  },
  trace: {
    summary: 'how far a commit, pull request or release has come, and what it waits for',
    group: people,
    load: async () => (await import('./trace.ts')).traceCommand,
  },
  history: {
    summary: 'what was changed where, when, by whom and why; measures',
    group: people,
    load: async () => (await import('./history.ts')).historyCommand,
  },
  doctor: {
    summary: 'what is missing or weak in tokens, rules and environments',
    group: people,
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  promote: {
    summary: 'bring the release of the environment before into the next one',
    group: people,
    load: async () => (await import('./promote.ts')).promoteCommand,
  },
  rollback: {
    summary: 'put an earlier release of the same environment back',
    group: people,
    load: async () => (await import('./rollback.ts')).rollbackCommand,
  },
  hold: {
    summary: 'stop automation for a service in an environment',
    group: people,
    load: async () => (await import('./hold.ts')).holdCommand,
  },
  resume: {
    summary: 'lift a hold',
    group: people,
    load: async () => (await import('./resume.ts')).resumeCommand,
  },
  hotfix: {
    summary: 'mend what runs, past the environments before, on record',
    group: people,
    load: async () => (await import('./hotfix.ts')).hotfixCommand,
  },
  generate: {
    summary: 'write the workflows that trunkline.yaml asks for',
    group: repository,
    load: async () => (await import('./generate.ts')).generateCommand,
  },
  settings: {
    summary: 'rules, environments and permissions, as trunkline.yaml makes them',
    group: repository,
    commands: settingsCommands,
  },
  pin: {
    summary: 'hold actions and tools against their tags, or take newer ones',
    group: repository,
    load: async () => (await import('./pin.ts')).pinCommand,
  },
  lab: { summary: 'a GitHub on this machine, to rehearse in', group: 'Lab:', commands: labCommands },
  ci: { summary: 'what workflows call', group: 'In workflows:', commands: ciCommands },
};
