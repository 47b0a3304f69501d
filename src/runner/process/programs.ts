import { OutputPipes } from './output-pipes.ts';
import { ProcessStarter } from './process-starter.ts';

/** What it takes to start programs as GitHub's runner does: outputs that are pipes, from a process that forks cheaply. */
export interface Programs {
  readonly pipes: OutputPipes;
  readonly starter: ProcessStarter;
}

export function openPrograms(folder: string): Programs {
  return { pipes: new OutputPipes(folder), starter: new ProcessStarter() };
}
