// Bundles as rolldown.config.js says. rolldown's own command lists every chunk, and this runs before `npm start`.
import { build } from 'rolldown';
import config from '../rolldown.config.js';

await build({ ...config, logLevel: 'warn' });
