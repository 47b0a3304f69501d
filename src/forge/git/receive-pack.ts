import { ByteReader } from '../../git/byte-reader.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { hasPermission, maintainedBranches } from '../permissions.ts';
import type { Repository } from '../rows.ts';
import { moveRefs, type RefOutcome } from './move-refs.ts';
import { pushReport } from './push-report.ts';
import { type PushCommand, type PushRequest, readPushRequest } from './push-request.ts';
import { PackRefused, PushQuarantine } from './quarantine.ts';
import { zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';

/** Takes a push: the answer to a `git-receive-pack` request. @throws MalformedPacket, UnexpectedEnd */
export async function receivePack(
  forge: Forge,
  repository: Repository,
  identity: Identity,
  body: AsyncIterable<Uint8Array>,
): Promise<Buffer> {
  const reader = new ByteReader(body);
  const request = await readPushRequest(reader);
  // Before a large push git sends a lone flush, to learn whether it may.
  if (request.commands.length === 0) return Buffer.alloc(0);
  const quarantine = await PushQuarantine.open(repositoryFolder(forge, repository.id));
  try {
    const needsPack = request.commands.some((command) => command.after !== zeroSha);
    if (needsPack && (await reader.more())) await quarantine.receive(reader.remaining());
    const outcomes = await carryOut(forge, repository, identity, request, quarantine);
    return pushReport(forge, repository, request, outcomes);
  } catch (error) {
    if (!(error instanceof PackRefused)) throw error;
    return pushReport(forge, repository, request, error.message);
  } finally {
    await quarantine.discard();
  }
}

async function carryOut(
  forge: Forge,
  repository: Repository,
  identity: Identity,
  request: PushRequest,
  quarantine: PushQuarantine,
): Promise<readonly RefOutcome[]> {
  const early = new Map<PushCommand, string>();
  const writes = hasPermission(forge, identity, repository, 'contents', 'write');
  const branches = writes ? [] : maintainedBranches(forge, identity, repository).map((one) => `refs/heads/${one}`);
  const seen = new Set<string>();
  for (const command of request.commands) {
    if (seen.has(command.ref)) early.set(command, 'multiple updates for ref not allowed');
    else if (!/^refs\/(heads|tags)\//.test(command.ref) && isHidden(command.ref)) {
      early.set(command, 'deny updating a hidden ref');
    } else if (!writes && (!branches.includes(command.ref) || command.after === zeroSha)) {
      early.set(command, 'permission denied');
    }
    seen.add(command.ref);
  }
  const wanted = request.commands.filter((command) => !early.has(command) && command.after !== zeroSha);
  const shas = wanted.map((command) => command.after);
  if (shas.length > 0 && !(await quarantine.isConnected(shas))) {
    const reason = request.shallow.length > 0 ? 'shallow update not allowed' : 'missing necessary objects';
    for (const command of wanted) {
      if (!(await quarantine.isConnected([command.after]))) early.set(command, reason);
    }
  }
  const atomic = request.capabilities.has('atomic');
  const updates = request.commands.filter((command) => !early.has(command));
  const all = atomic && early.size > 0;
  const moved = all
    ? updates.map((one): RefOutcome => ({ ...one, outcome: 'refused', message: 'atomic push failure' }))
    : await moveRefs(forge, { repository, identity, updates, via: 'push', quarantine, atomic });
  const byCommand = new Map(updates.map((command, index) => [command, moved[index]]));
  return request.commands.map(
    (command) => byCommand.get(command) ?? { ...command, outcome: 'refused', message: early.get(command) ?? 'failed' },
  );
}

function isHidden(ref: string): boolean {
  return /^refs\/(pull|internal)\//.test(ref);
}
