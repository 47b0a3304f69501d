import { maxExpressionLength } from '../expression/parse-expression.ts';

/** GitHub's words for an expression beyond its limit. */
export const isTooLong = `Exceeded max expression length ${maxExpressionLength}`;
