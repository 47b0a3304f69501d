import { type Finding, type Kind, plainText } from '../../../report/scan/finding.ts';
import type { ScanVerdict } from '../../../report/scan/judge-scan.ts';
import { summarise } from './render-verdict.ts';

const shown = 100;
/** Characters; GitHub takes 65,536 with the mark and the rest. */
const longest = 60_000;

/** What an issue says of a verdict, as Markdown. No secret is in it: findings never hold one. */
export function findingsBody(verdict: ScanVerdict, kind: Kind, run: string | undefined): string {
  const rows: string[] = [];
  for (const one of verdict.blocking.slice(0, shown)) {
    const next = row(one);
    if (rows.reduce((sum, { length }) => sum + length + 1, next.length) > longest) break;
    rows.push(next);
  }
  const more = verdict.blockingCount - rows.length;
  return [
    summarise(verdict, kind),
    ...(rows.length === 0
      ? []
      : [['| severity | id | where | package | mend |', '|---|---|---|---|---|', ...rows].join('\n')]),
    ...(more > 0 ? [`… and ${more} more.`] : []),
    ...(run === undefined ? [] : [`Last seen: ${run}`]),
  ].join('\n\n');
}

function row({ severity, id, target, line, package: name, installed, fixed }: Finding): string {
  const where = line === undefined ? target : `${target}:${line}`;
  const mend = fixed === undefined ? '' : fixed.length === 0 ? 'nobody can yet' : fixed.join(', ');
  return `| ${[severity, id, where, [name, installed].filter((one) => one !== undefined).join(' '), mend].map(cell).join(' | ')} |`;
}

/** A report's text calls nobody and makes neither table nor HTML. */
function cell(text: string): string {
  return plainText(text, 120).replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('@', '@\u200b');
}
