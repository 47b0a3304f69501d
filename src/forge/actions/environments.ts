import type { Forge } from '../forge.ts';
import type { EnvironmentRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

/** The environment of this name; names do not mind upper and lower case. */
export function findEnvironment(forge: Forge, repositoryId: number, name: string): EnvironmentRow | undefined {
  const wanted = name.toLowerCase();
  return forge.store.environments.by('repository', repositoryId).find((one) => one.name.toLowerCase() === wanted);
}

/** The environment of this name, made without protection when there is none. */
export function ensureEnvironment(forge: Forge, repositoryId: number, name: string): EnvironmentRow {
  return findEnvironment(forge, repositoryId, name) ?? saveEnvironment(forge, repositoryId, name, {});
}

export type EnvironmentSettings = Partial<
  Pick<EnvironmentRow, 'waitTimer' | 'reviewers' | 'preventSelfReview' | 'branchPolicy' | 'canAdminsBypass'>
>;

/** Makes an environment or sets its protection; what is not given is off, as `PUT` has it. */
export function saveEnvironment(
  forge: Forge,
  repositoryId: number,
  name: string,
  settings: EnvironmentSettings,
): EnvironmentRow {
  const { store } = forge;
  return store.transaction(() => {
    const known = findEnvironment(forge, repositoryId, name);
    const branchPolicy = settings.branchPolicy === undefined ? (known?.branchPolicy ?? null) : settings.branchPolicy;
    const now = timestamp(forge);
    const saved: EnvironmentRow = {
      id: known?.id ?? store.next('environments'),
      repositoryId,
      name: known?.name ?? name,
      waitTimer: settings.waitTimer ?? 0,
      reviewers: settings.reviewers ?? [],
      preventSelfReview: settings.preventSelfReview ?? false,
      branchPolicy,
      branchPolicies: branchPolicy === 'custom' ? (known?.branchPolicies ?? []) : [],
      canAdminsBypass: settings.canAdminsBypass ?? known?.canAdminsBypass ?? true,
      ...(known?.protectionRules === undefined ? {} : { protectionRules: known.protectionRules }),
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    };
    store.environments.put(saved);
    return saved;
  });
}

/** Deletes an environment with its secrets and variables, and refuses the jobs that wait for it. */
export function deleteEnvironment(forge: Forge, environment: EnvironmentRow): void {
  const { store } = forge;
  store.transaction(() => {
    const scope = `environment/${environment.id}`;
    for (const secret of store.secrets.by('scope', scope)) store.secrets.delete(secret.id);
    for (const variable of store.variables.by('scope', scope)) store.variables.delete(variable.id);
    store.environments.delete(environment.id);
  });
}
