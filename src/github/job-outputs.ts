import { appendFileSync } from 'node:fs';
import type { Ports } from '../ports.ts';
import { formatFileCommand } from './file-commands.ts';

type Surroundings = Pick<Ports, 'env' | 'random'>;

/** Gives a value to later steps; does nothing outside Actions. */
export function setOutput(ports: Surroundings, name: string, value: string): void {
  append(ports, 'GITHUB_OUTPUT', formatFileCommand(name, value, Buffer.from(ports.random(16)).toString('hex')));
}

/** Adds Markdown to the job's summary; does nothing outside Actions. */
export function appendSummary(ports: Surroundings, markdown: string): void {
  append(ports, 'GITHUB_STEP_SUMMARY', `${markdown}\n`);
}

function append(ports: Surroundings, variable: string, text: string): void {
  const path = ports.env[variable];
  if (path !== undefined && path !== '') appendFileSync(path, text);
}
