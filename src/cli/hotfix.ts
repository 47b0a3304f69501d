import { Command } from 'commander';
import type { Ports } from '../ports.ts';
import { shipCommand } from './hotfix/ship.ts';
import { startCommand } from './hotfix/start.ts';
import { hotfixStatusCommand } from './hotfix/status.ts';

export function hotfixCommand(ports: Ports): Command {
  return new Command('hotfix')
    .description('mend what runs, past named gates, on record')
    .addCommand(startCommand(ports))
    .addCommand(shipCommand(ports))
    .addCommand(hotfixStatusCommand(ports));
}
