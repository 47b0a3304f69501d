import { expect } from 'vitest';
import type { Job, Workflow } from '../model.ts';
import { parseWorkflow } from '../parse-workflow.ts';

/** The model of a workflow that GitHub takes. */
export function workflowOf(text: string): Workflow {
  const { workflow, problems } = parseWorkflow({ path: '.github/workflows/w.yml', text });
  expect(problems).toEqual([]);
  if (workflow === undefined) throw new Error('no workflow');
  return workflow;
}

/** A workflow with one job of these lines, indented as they are. */
export function jobOf(lines: string): Job {
  const [job] = workflowOf(`on: push\njobs:\n  a:\n${lines.replaceAll(/^/gm, '    ')}`).jobs;
  if (job === undefined) throw new Error('no job');
  return job;
}
