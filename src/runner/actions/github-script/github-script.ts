import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TrunklineError } from '../../../errors.ts';
import type { BuiltInProgram } from '../action.ts';

/** actions/github-script: the script runs in a process of its own, with Octokit and GitHub's toolkit at hand. */
export const githubScript: BuiltInProgram = {
  name: 'actions/github-script',
  folder: () => {
    for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
      const built = join(folder, 'dist');
      if (existsSync(join(folder, 'package.json')) && existsSync(join(built, 'github-script.js'))) return built;
    }
    throw new TrunklineError('ACTION_NOT_FOUND', 'expected the built github-script.js in the package, found none', {
      hint: 'run npm run build in the package',
    });
  },
  definition: `
name: GitHub Script
description: Runs a script with the GitHub client
inputs:
  script: { required: true }
  github-token: { default: "\${{ github.token }}" }
  debug: { default: "\${{ runner.debug == '1' }}" }
  user-agent: { default: actions/github-script }
  previews: {}
  result-encoding: { default: json }
  retries: { default: "0" }
  retry-exempt-status-codes: { default: "400,401,403,404,422" }
  base-url: {}
outputs:
  result: { description: What the script returned }
runs: { using: node20, main: github-script.js }
`,
};
