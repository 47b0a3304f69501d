import { flushPacket, packet, sideBand } from '../../git/pkt-line.ts';
import type { Forge } from '../forge.ts';
import { fullNameOf } from '../permissions.ts';
import type { Repository } from '../rows.ts';
import type { RefOutcome } from './move-refs.ts';
import type { PushRequest } from './push-request.ts';

/** What the client is told: report-status on band 1, GitHub's explanations on band 2. A text is why the pack was refused. */
export function pushReport(
  forge: Forge,
  repository: Repository,
  request: PushRequest,
  result: readonly RefOutcome[] | string,
): Buffer {
  const { capabilities, commands } = request;
  const wanted = capabilities.has('report-status') || capabilities.has('report-status-v2');
  const lines =
    typeof result === 'string'
      ? [`unpack ${result}\n`, ...commands.map((command) => `ng ${command.ref} unpacker error\n`)]
      : ['unpack ok\n', ...result.map(statusLine)];
  const report = wanted ? Buffer.concat([...lines.map(packet), flushPacket]) : Buffer.alloc(0);
  if (!capabilities.has('side-band-64k')) return report;
  const quiet = typeof result === 'string';
  const text = quiet ? '' : result.map((outcome) => explain(forge, repository, outcome)).join('');
  return Buffer.concat([sideBand(2, Buffer.from(text)), sideBand(1, report), flushPacket]);
}

function statusLine(outcome: RefOutcome): string {
  return outcome.outcome === 'moved' ? `ok ${outcome.ref}\n` : `ng ${outcome.ref} ${outcome.message ?? 'failed'}\n`;
}

function explain(forge: Forge, repository: Repository, outcome: RefOutcome): string {
  const { ref, violations = [], bypassed = [] } = outcome;
  if (violations.length > 0) {
    const page = `${forge.urls.html}/${fullNameOf(forge, repository)}/rules?ref=${encodeURIComponent(ref)}`;
    const head = `error: GH013: Repository rule violations found for ${ref}.\nReview all repository rules at ${page}\n\n`;
    return `${head}${list(violations)}`;
  }
  return bypassed.length === 0 ? '' : `Bypassed rule violations for ${ref}:\n\n${list(bypassed)}`;
}

function list(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}\n\n`).join('');
}
