import type { Context } from 'hono';
import { dispatchWorkflow } from '../actions/dispatch.ts';
import { findWorkflow, listWorkflows } from '../actions/list-workflows.ts';
import { optionalFlag, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentWorkflow } from '../present/workflow.ts';
import type { Repository, WorkflowRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { atRepository } from './at-repository.ts';
import { objectField } from './object-field.ts';
import { presentRuns } from './runs.ts';

const base = '/repos/:owner/:repo/actions/workflows';

export function workflowsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(base, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const all = (await listWorkflows(forge, repository)).filter((workflow) => workflow.state !== 'deleted');
    const workflows = paginate(c, all).map((workflow) => presentWorkflow(forge, repository, workflow));
    return c.json({ total_count: all.length, workflows });
  });
  app.get(`${base}/:workflow`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(presentWorkflow(forge, repository, await namedWorkflow(forge, c, repository)));
  });
  app.get(`${base}/:workflow/runs`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const workflow = await namedWorkflow(forge, c, repository);
    return c.json(await presentRuns(forge, c, repository, forge.store.runs.by('workflow', workflow.id)));
  });
  app.post(`${base}/:workflow/dispatches`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'actions', 'write');
    const workflow = await namedWorkflow(forge, c, repository);
    const body = await readBody(c);
    const asked = { ref: requiredText(body, 'ref', 'Workflow'), inputs: objectField(body, 'inputs') };
    const detailed = optionalFlag(body, 'return_run_details') === true || isNewVersion(c);
    const id = await dispatchWorkflow(forge, identity, repository, workflow, asked);
    if (!detailed) return c.body(null, 204);
    const path = `${fullNameOf(forge, repository)}/actions/runs/${id}`;
    const run_url = `${forge.urls.api}/repos/${path}`;
    return c.json({ workflow_run_id: id, run_url, html_url: `${forge.urls.html}/${path}` });
  });
  for (const [action, state] of [
    ['enable', 'active'],
    ['disable', 'disabled_manually'],
  ] as const) {
    app.put(`${base}/:workflow/${action}`, async (c) => {
      const { repository } = atRepository(forge, c, 'actions', 'write');
      const workflow = await namedWorkflow(forge, c, repository);
      forge.store.transaction(() => forge.store.workflows.put({ ...workflow, state, updatedAt: timestamp(forge) }));
      return c.body(null, 204);
    });
  }
}

/** From this version of the API on a dispatch always answers its run. */
function isNewVersion(c: Context): boolean {
  return (c.req.header('x-github-api-version') ?? '') >= '2026-03-10';
}

async function namedWorkflow(forge: Forge, c: Context, repository: Repository): Promise<WorkflowRow> {
  const workflow = await findWorkflow(forge, repository, c.req.param('workflow') ?? '');
  if (workflow === undefined) throw new ApiError(404, 'Not Found');
  return workflow;
}
