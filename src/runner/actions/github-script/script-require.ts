import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** `require` of a script: its own files below the workspace, and what is installed there. */
export const scriptRequire: NodeJS.Require = new Proxy(createRequire(join(process.cwd(), 'script.js')), {
  apply: (target, self, [name]: [string]) => {
    if (name.startsWith('.')) return target.call(self, resolve(name));
    return target.call(self, target.resolve(name, { paths: [process.cwd()] }));
  },
});
