// Loaded with --import before a process under test: counts what it does to the outside and ends it, as kill -9 would,
// at the one that KILL_AT names (`write:120`, `request:7`, `spawn:3`). Without KILL_AT it prints the counts at exit.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const [kind, number] = (process.env.KILL_AT ?? '').split(':');
const counts = { write: 0, request: 0, spawn: 0 };
// Processes that the one under test starts are not counted.
delete process.env.KILL_AT;

function count(what) {
  counts[what] += 1;
  if (what === kind && counts[what] === Number(number)) process.kill(process.pid, 'SIGKILL');
}

const { writeSync } = fs;
fs.writeSync = (fd, ...rest) => {
  if (fd > 2) count('write');
  return writeSync(fd, ...rest);
};
for (const name of ['writeFileSync', 'appendFileSync']) {
  const whole = fs[name];
  fs[name] = (...args) => {
    count('write');
    return whole(...args);
  };
}
for (const name of ['spawn', 'execFile']) {
  const start = childProcess[name];
  childProcess[name] = (...args) => {
    count('spawn');
    return start(...args);
  };
}
const { emit } = http.Server.prototype;
http.Server.prototype.emit = function (event, ...rest) {
  if (event === 'request') count('request');
  return emit.call(this, event, ...rest);
};
syncBuiltinESMExports();

if (process.env.KILL_COUNTS !== undefined) {
  const file = process.env.KILL_COUNTS;
  process.on('exit', () => fs.writeFileSync(file, JSON.stringify(counts)));
}
