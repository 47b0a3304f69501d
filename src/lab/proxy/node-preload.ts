/**
 * Required by Node 20 to 23 in the lab, whose fetch and https module know no proxy variables: connections that leave
 * the machine are tunnelled through HTTPS_PROXY. Small, since every Node process loads it; Node 24 has NODE_USE_ENV_PROXY.
 */
export const nodePreload = `'use strict';
const proxy = process.env.HTTPS_PROXY && new URL(process.env.HTTPS_PROXY);
const local = (host) => !host || host === 'localhost' || host === '::1' || /^127\\./.test(host) || host === proxy.hostname;
if (proxy && proxy.protocol === 'http:' && !process.env.NODE_USE_ENV_PROXY) {
  const net = require('node:net');
  const tls = require('node:tls');
  const { Duplex } = require('node:stream');
  const plainConnect = net.connect;
  const tlsConnect = tls.connect;
  const read = (args) => typeof args[0] === 'object' && args[0] !== null ? args[0]
    : { ...(typeof args[1] === 'object' ? args[1] : typeof args[2] === 'object' ? args[2] : {}), port: args[0], ...(typeof args[1] === 'string' ? { host: args[1] } : {}) };
  const bypass = (options) => options.socket || options.path || local(options.host) ;
  const tunnel = (host, port) => {
    const outer = plainConnect({ host: proxy.hostname, port: Number(proxy.port || 80) });
    let open = false, head = Buffer.alloc(0), waiting;
    const duplex = new Duplex({
      allowHalfOpen: false,
      read() { if (open) outer.resume(); },
      write(chunk, encoding, done) { if (open) outer.write(chunk, done); else waiting = () => outer.write(chunk, done); },
      final(done) { outer.end(); done(); },
      destroy(error, done) { outer.destroy(); done(error); },
    });
    for (const name of ['setNoDelay', 'setKeepAlive', 'ref', 'unref']) duplex[name] = (...args) => (outer[name](...args), duplex);
    duplex.setTimeout = () => duplex;
    outer.on('connect', () => outer.write('CONNECT ' + host + ':' + port + ' HTTP/1.1\\r\\nHost: ' + host + ':' + port + '\\r\\n\\r\\n'));
    outer.on('data', (chunk) => {
      if (open) { if (!duplex.push(chunk)) outer.pause(); return; }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\\r\\n\\r\\n');
      if (end === -1) return;
      const status = head.toString('latin1', 0, head.indexOf('\\r\\n'));
      if (!/^HTTP\\/1\\.[01] 200/.test(status)) return duplex.destroy(new Error(status.replace(/^HTTP\\/1\\.[01] /, '')));
      open = true;
      if (head.length > end + 4) duplex.push(head.subarray(end + 4));
      if (waiting) waiting();
      duplex.emit('connect');
    });
    outer.on('end', () => duplex.push(null));
    outer.on('error', (error) => duplex.destroy(error));
    outer.on('close', () => duplex.destroy());
    return duplex;
  };
  tls.connect = function (...args) {
    const options = read(args);
    if (bypass(options)) return tlsConnect.apply(this, args);
    const servername = options.servername || (net.isIP(options.host) ? '' : options.host);
    const socket = tunnel(options.host, options.port);
    const secure = tlsConnect({ ...options, socket, servername }, args.find((arg) => typeof arg === 'function'));
    // An idle kept-alive connection must not keep the process: TLS over a stream does not hand this down by itself.
    for (const name of ['ref', 'unref']) secure[name] = () => (socket[name](), secure);
    return secure;
  };
  net.connect = net.createConnection = function (...args) {
    const options = read(args);
    if (bypass(options) || Number(options.port) !== 80) return plainConnect.apply(this, args);
    const duplex = tunnel(options.host, options.port);
    const listener = args.find((arg) => typeof arg === 'function');
    if (listener) duplex.once('connect', listener);
    return duplex;
  };
}
`;
