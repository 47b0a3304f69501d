import { type AwsRole, arnOf, awsTrust } from '../../settings/trust/aws-roles.ts';
import { split } from './deeds.ts';
import type { Part } from './pair.ts';
import type { World } from './world.ts';

/** Roles at AWS as `trunkline settings trust` writes them for both repositories, by what this GitHub says of their subjects. */
export async function makeAwsRoles({ book, github, pair: { app, infra }, people }: World): Promise<void> {
  const made: AwsRole[] = [];
  for (const part of [app, infra]) made.push(...(await rolesOf(part)));
  if (made.length === 0) return;
  const names = made.map(({ name }) => name).join(', ');
  if (github.makeAwsRole === undefined) {
    book.note(`AWS has to know the roles ${names}: trunkline settings trust --all writes their policies`);
    return;
  }
  for (const role of made) {
    const { trust, permissions } = role;
    github.makeAwsRole(arnOf(role), { trust, ...(permissions === undefined ? {} : { permissions }) });
  }
  book.note(`the lab's AWS judges ${names} by the policies that trunkline settings trust writes`);

  async function rolesOf({ config, fullName }: Part): Promise<readonly AwsRole[]> {
    if (config === undefined) return [];
    const { api } = people.owner;
    const { id, owner } = (await api.rest.repos.get(split(fullName))).data;
    const { data: subject } = await api.request('GET /repos/{owner}/{repo}/actions/oidc/customization/sub', {
      ...split(fullName),
    });
    const { sub_claim_prefix: prefix = `repo:${fullName}`, use_immutable_subject: immutable = false } = subject as {
      readonly sub_claim_prefix?: string;
      readonly use_immutable_subject?: boolean;
    };
    const trusted = {
      repository: fullName,
      id: Number(id),
      owner: { login: owner.login, id: Number(owner.id) },
      subject: { useDefault: subject.use_default, immutable, prefix },
    };
    return awsTrust(config, trusted, 'current').roles;
  }
}
