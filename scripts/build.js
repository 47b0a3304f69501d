// Bundles as rolldown.config.js says. rolldown's own command lists every chunk, and this runs before `npm start`.
import { build } from 'rolldown';
import config from '../rolldown.config.js';

for (const one of config) await build({ ...one, logLevel: 'warn' });
