import { findNode } from './find-node.ts';
import { OutputPipes } from './output-pipes.ts';
import { ProcessStarter } from './process-starter.ts';

/** What it takes to start programs as GitHub's runner does: outputs that are pipes, from a process that forks cheaply. */
export interface Programs {
  readonly pipes: OutputPipes;
  readonly starter: ProcessStarter;
  /** The path of a Node of this major version, where this machine has one. */
  readonly nodes: (version: number) => Promise<string | undefined>;
}

/** @param env the lab's own, which says where tools are */
export function openPrograms(folder: string, env: Readonly<Record<string, string | undefined>>): Programs {
  const starter = new ProcessStarter();
  starter.open();
  const known = new Map<number, Promise<string | undefined>>();
  return {
    pipes: new OutputPipes(folder),
    starter,
    nodes: (version) => {
      const found = known.get(version) ?? findNode(version, env);
      known.set(version, found);
      return found;
    },
  };
}
