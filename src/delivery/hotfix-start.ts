import { TrunklineError } from '../errors.ts';
import type { Plan } from './plan.ts';

export interface HotfixStart {
  /** `owner/name` of the application repository. */
  readonly repository: string;
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Whether a release was published from the commit, or the default branch contains it. */
  readonly released: boolean;
  readonly onDefaultBranch: boolean;
  /** Where the branch points, if there is one already. */
  readonly existing?: string | undefined;
}

/** Stricter than git: no slash, so that every pattern for the branches matches, and nothing that a shell could read. */
export function isHotfixName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]{0,60}[a-z0-9])?$/i.test(name) && !name.includes('..') && !name.endsWith('.lock');
}

/** Makes `hotfixes/<name>` at a commit that people have reviewed; publishes nothing. @throws INPUT_INVALID, POLICY_REFUSED, CONFLICT */
export function planHotfixStart(start: HotfixStart): Plan {
  if (!isHotfixName(start.name)) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected a name of letters, digits, ".", "_" and "-", found ${JSON.stringify(start.name)}`,
      {
        hint: 'for example: trunkline hotfix start login-loop --from 1a2b3c4',
      },
    );
  }
  if (!start.released && !start.onDefaultBranch) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected a commit that was released or is on the default branch, found ${start.commit}`,
      {
        hint: 'a hotfix starts from what people have reviewed: take the commit of the release that is to be mended (trunkline status)',
      },
    );
  }
  const branch = `hotfixes/${start.name}`;
  if (start.existing === start.commit)
    return { operations: [], reasons: [`${branch} is there already, at ${start.commit}`] };
  if (start.existing !== undefined) {
    throw new TrunklineError('CONFLICT', `expected no branch ${branch}, found one at ${start.existing}`, {
      hint: 'take another name',
    });
  }
  return {
    operations: [{ kind: 'create-branch', repository: start.repository, branch, sha: start.commit }],
    reasons: [`${branch} at ${start.commit}; nothing is published until a pull request is merged there`],
  };
}
