import { formatCommand } from '../../../github/workflow-commands.ts';
import type { Ports } from '../../../ports.ts';
import { plainText } from '../../../report/scan/finding.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
}

/** GitHub shows ten of each level a step (docs.github.com, "Workflow commands"). */
export const shownAnnotations = 10;

/** Marks lines of a pull request; does nothing outside Actions. */
export function annotate(ports: Ports, annotations: readonly Annotation[]): void {
  if (ports.env['GITHUB_ACTIONS'] !== 'true') return;
  for (const { level, title, message, file, line, endLine } of annotations.slice(0, shownAnnotations)) {
    const place = { title: plainText(title), file: file === undefined ? undefined : plainText(file), line, endLine };
    ports.stdout.write(`${formatCommand(level, plainText(message, 1000), place)}\n`);
  }
}
