import type { ByteReader } from '../../git/byte-reader.ts';
import { MalformedPacket, readPacket } from '../../git/pkt-line.ts';
import { isSha } from './refs.ts';

export interface PushCommand {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export interface PushRequest {
  readonly commands: readonly PushCommand[];
  readonly capabilities: ReadonlySet<string>;
  /** Commits whose parents a shallow clone does not have. */
  readonly shallow: readonly string[];
  readonly options: readonly string[];
}

/** More than anybody pushes, and little enough to hold. */
const mostCommands = 10_000;

/** Reads what comes before the pack (gitprotocol-pack, "Reference Update Request"). @throws MalformedPacket */
export async function readPushRequest(reader: ByteReader): Promise<PushRequest> {
  const commands: PushCommand[] = [];
  const shallow: string[] = [];
  let capabilities: ReadonlySet<string> = new Set();
  for (;;) {
    const payload = await nextPacket(reader);
    if (payload === undefined || payload === 'flush') break;
    const [text = '', words, ...more] = payload.toString().replace(/\n$/, '').split('\0');
    if (more.length > 0) throw new MalformedPacket('protocol error: expected capabilities after one NUL');
    if (text.startsWith('shallow ')) {
      const sha = text.slice(8);
      if (!isSha(sha)) throw new MalformedPacket('protocol error: expected shallow sha');
      shallow.push(sha);
    } else {
      if (commands.length === 0 && words !== undefined) capabilities = new Set(words.split(' ').filter(Boolean));
      commands.push(parseCommand(text));
    }
    if (commands.length + shallow.length > mostCommands) throw new MalformedPacket('too many commands');
  }
  const options = commands.length > 0 && capabilities.has('push-options') ? await readOptions(reader) : [];
  return { commands, capabilities, shallow, options };
}

function parseCommand(text: string): PushCommand {
  const before = text.slice(0, 40);
  const after = text.slice(41, 81);
  const ref = text.slice(82);
  if (!isSha(before) || !isSha(after) || text[40] !== ' ' || text[81] !== ' ' || ref === '') {
    throw new MalformedPacket('protocol error: expected old/new/ref');
  }
  return { before, after, ref };
}

async function readOptions(reader: ByteReader): Promise<readonly string[]> {
  const options: string[] = [];
  for (;;) {
    const payload = await nextPacket(reader);
    if (payload === undefined || payload === 'flush') return options;
    options.push(payload.toString().replace(/\n$/, ''));
    if (options.length > mostCommands) throw new MalformedPacket('too many push options');
  }
}

/** Requests of this version have no sections. */
async function nextPacket(reader: ByteReader): Promise<Buffer | 'flush' | undefined> {
  const payload = await readPacket(reader);
  if (payload === 'delimiter') throw new MalformedPacket('bad line length 1');
  return payload;
}
