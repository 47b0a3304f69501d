import { docker } from './docker.ts';
import { gitleaks } from './gitleaks.ts';
import { hadolint } from './hadolint.ts';
import type { Program } from './program.ts';
import { shellcheck } from './shellcheck.ts';
import { trivy } from './trivy.ts';
import { yamllint } from './yamllint.ts';

/** What stands for programs that GitHub's machines have, or that generated workflows fetch. */
export const programs = { docker, gitleaks, hadolint, shellcheck, trivy, yamllint } satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

export function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}
