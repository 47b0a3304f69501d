import type { Problem } from '../../errors.ts';
import { parseWorkflow } from '../parse-workflow.ts';
import { type GeneratedFile, ownJobsPlace, ownText } from './generated-file.ts';

/**
 * What GitHub would say of generated workflows with jobs of one's own in them: names that are taken, jobs that are no
 * longer there to wait for. `existing` is what a path holds now, whose lines are told.
 */
export function checkOwnJobs(
  files: readonly GeneratedFile[],
  existing: (path: string) => string | undefined,
): readonly Problem[] {
  return files.flatMap(({ path, text }) => {
    if (ownText(text, ownJobsPlace).trim() === '') return [];
    const { problems } = parseWorkflow({ path, text });
    const place = lineOfPlace(text);
    const moved = lineOfPlace(existing(path) ?? '') - place;
    const theirs = problems.filter(({ location }) => (location?.line ?? 0) > place);
    // Where something is wrong among them, what is wrong elsewhere follows from it.
    return (theirs.length > 0 ? theirs : problems).map((one) => ({
      ...one,
      ...(one.location?.line === undefined || theirs.length === 0
        ? {}
        : { location: { ...one.location, line: one.location.line + moved } }),
      hint: 'mend the jobs of your own in it, then generate again',
    }));
  });
}

function lineOfPlace(text: string): number {
  return text.split('\n').findIndex((line) => line.trim() === ownJobsPlace.begin.trim()) + 1;
}
