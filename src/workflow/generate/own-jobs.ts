import { isMap, isScalar, parseDocument } from 'yaml';
import { TrunklineError } from '../../errors.ts';
import { ownJobsPlace, ownText } from './generated-file.ts';

/** A job that somebody added to a generated workflow. */
export interface OwnJob {
  readonly id: string;
  readonly needs: readonly string[];
  /** Whether it says itself when it has work to do: then it may be skipped. */
  readonly conditional: boolean;
}

/**
 * The jobs of one's own in a generated file.
 * @throws WORKFLOW_INVALID where what stands in their place are no jobs
 */
export function readOwnJobs(path: string, text: string | undefined): readonly OwnJob[] {
  const own = ownText(text, ownJobsPlace);
  const document = parseDocument(own);
  const [fault] = document.errors;
  if (fault !== undefined) throw refuse(path, fault.message.split('\n', 1)[0] ?? 'what is no YAML');
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw refuse(path, 'something else');
  return document.contents.items.map(({ key, value }) => {
    const id = isScalar(key) ? String(key.value) : '';
    if (!isMap(value)) throw refuse(path, `something else under "${id}"`);
    const { needs, if: condition } = value.toJSON() as { readonly needs?: unknown; readonly if?: unknown };
    return { id, needs: [needs ?? []].flat().map(String), conditional: condition !== undefined };
  });
}

/** Those that wait for none of these jobs, not by others either: what is theirs to stop comes after them. */
export function ownJobsBefore(own: readonly OwnJob[], late: readonly string[]): readonly OwnJob[] {
  const after = own.filter(({ needs }) => needs.some((one) => late.includes(one)));
  if (after.length === 0) return own;
  const rest = own.filter((one) => !after.includes(one));
  return ownJobsBefore(rest, [...late, ...after.map(({ id }) => id)]);
}

/** An expression: that it succeeded, or had nothing to do by its own word. */
export function ownPassed({ id, conditional }: OwnJob): string {
  const success = `needs.${id}.result == 'success'`;
  return conditional ? `(${success} || needs.${id}.result == 'skipped')` : success;
}

function refuse(path: string, found: string): TrunklineError {
  return new TrunklineError('WORKFLOW_INVALID', `expected jobs between the lines for your own, found ${found}`, {
    location: { file: path },
    hint: `under "${ownJobsPlace.begin.trim()}" stand jobs as under "jobs:", with two spaces before their names`,
  });
}
