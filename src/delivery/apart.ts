import { type Problem, TrunklineError } from '../errors.ts';
import type { Plan } from './plan.ts';

/**
 * What is wrong with one service's manifest, or with a calendar, as a plan that does nothing: the others go on.
 * @throws any other error
 */
export function leftOut(error: unknown): Plan {
  if (!(error instanceof TrunklineError) || !['MANIFEST_INVALID', 'CONFIG_INVALID'].includes(error.code)) throw error;
  return { operations: [], reasons: [], problems: problemsIn(error) };
}

/** The same for what several are planned by. */
export function planApart(plan: () => Plan): Plan {
  try {
    return plan();
  } catch (error) {
    return leftOut(error);
  }
}

/** @throws with all that could not be planned, once everything else is done */
export function requireWhole({ problems = [] }: Plan): void {
  const [first, ...rest] = problems.filter(
    (one, index) => problems.findIndex((other) => other.message === one.message) === index,
  );
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
}

function problemsIn(error: TrunklineError): readonly Problem[] {
  const { code, message, hint, location, problems } = error;
  if (problems.length > 0) return problems;
  return [
    {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(location === undefined ? {} : { location }),
    },
  ];
}
