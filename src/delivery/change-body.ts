import { shortDigest } from '../model/digest.ts';
import type { Environment } from '../model/environment.ts';
import { formatSource } from '../model/release.ts';
import { renderTrailers, trailers } from '../model/trailer.ts';
import type { Change } from './change.ts';
import { heldMark } from './held-mark.ts';
import { mention, oneLine, short } from './in-words.ts';
import { crossing, describeMigration } from './migrations.ts';
import type { Request } from './plan.ts';
import type { State } from './state.ts';

/** One screen: what and who, why, what it waits for, what is in it, how to undo it; trailers last. */
export function changeBody(state: State, change: Change, request: Request): string {
  const { service, environment, digest, step } = change;
  const names = [environment, ...(change.also ?? [])].map((one) => one.name).join(', ');
  const place = change.also === undefined || change.also.length === 0 ? names : `${placeOf(change)} (${names})`;
  const commits = step?.commits ?? [];
  const shown = commits.slice(-15).map(({ sha, subject }) => `- ${sha.slice(0, 7)} ${oneLine(subject)}`);
  const sections = [
    `${service}: ${short(change.previous)} → ${shortDigest(digest)} in ${place}, asked for by ${mention(request.requester)}`,
    change.reason === undefined ? '' : `Reason: ${oneLine(change.reason)}`,
    quote(change.message),
    wants(state, change),
    shown.length === 0
      ? ''
      : [
          `${change.kind === 'rollback' ? 'Commits taken back' : 'Commits'} (${commits.length}):`,
          ...(commits.length > 15 ? ['- …'] : []),
          ...shown,
        ].join('\n'),
    migrationNote(state, change),
    change.held === true ? heldMark : '',
    change.previous === undefined
      ? ''
      : `To undo: \`trunkline rollback ${service} --environment ${environment.name} --reason "…"\``,
    renderTrailers([
      [trailers.change, change.kind],
      [trailers.service, service],
      [trailers.environment, names],
      [trailers.digest, digest],
      [trailers.previous, change.previous],
      [trailers.source, change.source === undefined ? undefined : formatSource(change.source)],
      [trailers.run, request.run],
      [trailers.reason, change.reason],
      [trailers.holdUntil, change.holdUntil],
      [trailers.incident, change.incident],
      [trailers.skippedGates, change.skipped?.join(', ')],
      ...(change.trailers ?? []),
      [trailers.requestedBy, request.requester],
    ]),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Somebody else's words, so marked that none of them is taken for ours; at most a screen of them. */
function quote(text: string | undefined): string {
  const lines = (text ?? '').trimEnd().split(/\r?\n/);
  if (lines.join('') === '') return '';
  return [...lines.slice(0, 20), ...(lines.length > 20 ? ['…'] : [])].map((line) => `> ${line}`.trimEnd()).join('\n');
}

function wants(state: State, { environment, service }: Change): string {
  const approvals = Object.entries(environment.approve).map(([team, count]) => {
    const owners = state.config.accept.flatMap((one) => one.services.get(service) ?? []);
    return `- ${count} approval${count === 1 ? '' : 's'} of ${team === 'owner' ? `${owners.join(' or ')} (owner)` : team}, not by whoever asked for it`;
  });
  const gates = gatesInWords(environment);
  return approvals.length + gates.length === 0 ? '' : ['Waits for:', ...approvals, ...gates].join('\n');
}

function gatesInWords({ from = '', gates }: Environment): readonly string[] {
  const hours = gates.healthy === undefined ? 0 : gates.healthy / 3_600_000;
  return [
    ...(gates.synced ? [`- the release being deployed in ${from}`] : []),
    ...(gates.healthy === undefined ? [] : [`- ${Number(hours.toFixed(2))} h healthy in ${from}`]),
    ...(gates.checks.length === 0 ? [] : [`- checks: ${gates.checks.join(', ')}`]),
    ...(gates.freeze.length === 0 ? [] : [`- no freeze: ${gates.freeze.join(', ')}`]),
    ...(gates.trailers.length === 0 ? [] : [`- trailers: ${gates.trailers.join(', ')}`]),
  ];
}

/** Said before it is merged: there is no way back over it. */
function migrationNote({ releases }: State, { kind, service, digest, previous }: Change): string {
  if (kind === 'rollback' || previous === undefined) return '';
  const { incompatible } = crossing(releases?.published ?? [], service, digest, previous);
  return incompatible.length === 0
    ? ''
    : `Holds migrations that cannot be rolled back over: ${incompatible.map(describeMigration).join(', ')}`;
}

/** The environment that a change is for, or the group. */
export function placeOf({ environment, also = [] }: Pick<Change, 'environment' | 'also'>): string {
  return also.length === 0 ? environment.name : (environment.group ?? environment.name);
}
