import type { CommandGroup } from '../commands.ts';

/** `trunkline ci gate …`: reports of other tools become an exit code. */
export const gateCommands: CommandGroup['commands'] = {
  coverage: {
    summary: 'whether tests reach as much as the service’s risk asks for',
    load: async () => (await import('./gate/coverage.ts')).coverageCommand,
  },
  scan: {
    summary: 'whether a scanner found vulnerabilities that stop',
    load: async () => (await import('./gate/findings.ts')).scanCommand,
  },
  secrets: {
    summary: 'whether a scanner found secrets',
    load: async () => (await import('./gate/findings.ts')).secretsCommand,
  },
  iac: {
    summary: 'whether a scanner found configuration that stops',
    load: async () => (await import('./gate/findings.ts')).iacCommand,
  },
};
