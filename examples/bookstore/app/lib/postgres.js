import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { connect } from 'node:net';

/**
 * A client for PostgreSQL, small enough to need no package: one connection, one query at a time, values as text
 * parameters and never in the SQL, passwords by SCRAM-SHA-256.
 */
export async function openDatabase(url) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const socket = connect(Number(port || 5432), hostname);
  const messages = readMessages(socket);
  const user = decodeURIComponent(username || 'postgres');
  const database = decodeURIComponent(pathname.slice(1) || user);
  socket.write(message('', int32(196608), text('user'), text(user), text('database'), text(database), Buffer.of(0)));
  await logIn(socket, messages, decodeURIComponent(password));
  let last = Promise.resolve();
  return {
    /** Rows of one statement, columns by name, every value a string or null. */
    query(sql, values = []) {
      const turn = last.then(() => run(socket, messages, sql, values));
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await last;
      socket.end(message('X'));
    },
  };
}

async function run(socket, messages, sql, values) {
  const parameters = values.map((value) => {
    if (value === null || value === undefined) return int32(-1);
    const bytes = Buffer.from(String(value));
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  socket.write(
    Buffer.concat([
      message('P', text(''), text(sql), int16(0)),
      message('B', text(''), text(''), int16(0), int16(values.length), ...parameters, int16(0)),
      message('D', Buffer.from('P\0')),
      message('E', text(''), int32(0)),
      message('S'),
    ]),
  );
  const rows = [];
  let columns = [];
  let failed;
  for (;;) {
    const { type, body } = await messages.next();
    if (type === 'T') columns = columnNames(body);
    else if (type === 'D') rows.push(rowOf(body, columns));
    else if (type === 'E') failed = serverError(body);
    else if (type === 'Z') break;
  }
  if (failed !== undefined) throw failed;
  return rows;
}

async function logIn(socket, messages, password) {
  let proof;
  for (;;) {
    const { type, body } = await messages.next();
    if (type === 'E') throw serverError(body);
    if (type === 'Z') return;
    if (type !== 'R') continue;
    switch (body.readInt32BE(0)) {
      case 0:
        break;
      case 10: {
        proof = scram(password);
        const first = Buffer.from(proof.first);
        socket.write(message('p', text('SCRAM-SHA-256'), int32(first.length), first));
        break;
      }
      case 11:
        socket.write(message('p', Buffer.from(proof.answer(body.subarray(4).toString()))));
        break;
      case 12:
        proof.check(body.subarray(4).toString());
        break;
      default:
        throw new Error('the server wants a login that is not SCRAM-SHA-256');
    }
  }
}

/** RFC 5802, with SHA-256. */
function scram(password) {
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=,r=${nonce}`;
  const mac = (key, data) => createHmac('sha256', key).update(data).digest();
  let expected;
  return {
    first: `n,,${bare}`,
    answer(server) {
      const { r, s, i } = Object.fromEntries(server.split(',').map((part) => [part[0], part.slice(2)]));
      if (!r.startsWith(nonce)) throw new Error('the server answered somebody else');
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
      const clientKey = mac(salted, 'Client Key');
      const final = `c=biws,r=${r}`;
      const signed = `${bare},${server},${final}`;
      const signature = mac(createHash('sha256').update(clientKey).digest(), signed);
      expected = mac(mac(salted, 'Server Key'), signed);
      return `${final},p=${clientKey.map((byte, index) => byte ^ signature[index]).toString('base64')}`;
    },
    check(server) {
      const found = Buffer.from(server.replace(/^v=/, ''), 'base64');
      if (found.length !== expected.length || !timingSafeEqual(found, expected)) throw new Error('the server is another');
    },
  };
}

/** One message after the other, whatever pieces they come in. */
function readMessages(socket) {
  let held = Buffer.alloc(0);
  let wake = () => {};
  let ended;
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    wake();
  });
  const end = (error) => {
    ended ??= error ?? new Error('the connection was closed');
    wake();
  };
  socket.on('error', end);
  socket.on('close', () => end());
  return {
    async next() {
      for (;;) {
        const size = held.length < 5 ? Number.POSITIVE_INFINITY : 1 + held.readInt32BE(1);
        if (held.length >= size) {
          const found = { type: String.fromCharCode(held[0]), body: held.subarray(5, size) };
          held = held.subarray(size);
          return found;
        }
        if (ended !== undefined) throw ended;
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function columnNames(body) {
  const names = [];
  for (let at = 2, left = body.readInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 19;
  }
  return names;
}

function rowOf(body, columns) {
  let at = 2;
  const values = columns.map((name) => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return [name, null];
    at += length;
    return [name, body.toString('utf8', at - length, at)];
  });
  return Object.fromEntries(values);
}

function serverError(body) {
  const fields = Object.fromEntries(
    body.toString('utf8').split('\0').filter((part) => part !== '').map((part) => [part[0], part.slice(1)]),
  );
  return Object.assign(new Error(fields.M), { code: fields.C });
}

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value) {
  return Buffer.from(`${value}\0`);
}
