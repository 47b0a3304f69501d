import type { Stage } from './stage.ts';

/** So many later deployments of a service, as a busy environment has them: more than a page shows of the others. */
export function crowd(stage: Stage, environment: string, service: string, digest: string, count: number): void {
  const { store } = stage.forge.forge;
  const some = [...store.deployments.values()].at(-1);
  if (some === undefined) throw new Error('nothing is deployed yet');
  store.transaction(() => {
    for (let made = 0; made < count; made++)
      store.deployments.put({
        ...some,
        id: store.next('deployments'),
        repositoryId: some.repositoryId,
        environment,
        task: `deploy:${service}`,
        payload: { service, digest },
      });
  });
}
