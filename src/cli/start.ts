#!/usr/bin/env node
import { join } from 'node:path';
import { loadBundle } from './load-bundle.ts';

loadBundle(join(import.meta.dirname, 'main.js'), process.env['TRUNKLINE_LAB_COMPILE_CACHE'] || undefined);
