import { type Finding, type Kind, plainText } from '../../../report/scan/finding.ts';
import type { ScanVerdict } from '../../../report/scan/judge-scan.ts';
import { summarise } from './render-verdict.ts';

const shown = 100;

/** What an issue says of a verdict, as Markdown. No secret is in it: findings never hold one. */
export function findingsBody(verdict: ScanVerdict, kind: Kind, run: string | undefined): string {
  const more = verdict.blockingCount - Math.min(shown, verdict.blocking.length);
  return [
    summarise(verdict, kind),
    ...(verdict.blocking.length === 0
      ? []
      : [
          [
            '| severity | id | where | package | mend |',
            '|---|---|---|---|---|',
            ...verdict.blocking.slice(0, shown).map(row),
          ].join('\n'),
        ]),
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
