// Loaded with --import before a process under test: time goes FAST_CLOCK times as fast for what asks Date or sleeps.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const speed = Number(process.env.FAST_CLOCK);
const start = Number(process.env.FAST_CLOCK_START);
const { now } = Date;
Date.now = () => start + (now() - start) * speed;
// Caches of tokens go by it.
const ticks = performance.now.bind(performance);
performance.now = () => ticks() * speed;
const { setTimeout } = timers;
timers.setTimeout = (ms, ...rest) => setTimeout(ms / speed, ...rest);
syncBuiltinESMExports();
