import { shortDigest } from '../model/digest.ts';
import { formatSource } from '../model/release.ts';
import { renderTrailers, trailers } from '../model/trailer.ts';
import { branchPrefix } from './change.ts';
import { mention } from './in-words.ts';
import type { Request } from './plan.ts';
import type { BatchedBump } from './state.ts';

export const batchPrefix = `${branchPrefix}batch/`;

/** Named after what it starts from and with, so that a rerun finds it. */
export function batchBranch(environment: string, first: BatchedBump, baseOid: string): string {
  return `${batchPrefix}${environment}/${first.service}-${shortDigest(first.digest)}-${baseOid.slice(0, 7)}`;
}

/** The environment that a branch of a batch is for; undefined for another branch. */
export function batchEnvironment(branch: string): string | undefined {
  return branch.startsWith(batchPrefix) ? branch.slice(batchPrefix.length).split('/')[0] : undefined;
}

/** Title and body of a batch's pull request: what it brings, and how one of them is undone. */
export function batchText(
  environment: string,
  bumps: readonly BatchedBump[],
  request: Request,
): { readonly title: string; readonly body: string } {
  const count = `${bumps.length} ${bumps.length === 1 ? 'service' : 'services'}`;
  const body = [
    `${count} in ${environment}, asked for by ${mention(request.requester)}: one commit for each, merged by rebase`,
    bumps.map(({ service, digest }) => `- ${service} → ${shortDigest(digest)}`).join('\n'),
    `To undo one: \`trunkline rollback <service> --environment ${environment} --reason "…"\``,
    renderTrailers([
      [trailers.change, 'batch'],
      [trailers.environment, environment],
      ...bumps.map(
        ({ service, digest, source }) =>
          [
            trailers.bump,
            [service, digest, ...(source === undefined ? [] : [formatSource(source)])].join(' '),
          ] as const,
      ),
      [trailers.run, request.run],
      [trailers.requestedBy, request.requester],
    ]),
  ].join('\n\n');
  return { title: `Bump ${count} in ${environment}`, body };
}

/** Whoever asked for a batch first. */
export function batchRequest(body: string): Request | undefined {
  const requester = /^Requested-By: (\S+)$/m.exec(body)?.[1];
  const run = /^Trunkline-Run: (\S+)$/m.exec(body)?.[1];
  return requester === undefined ? undefined : { requester, ...(run === undefined ? {} : { run }) };
}
