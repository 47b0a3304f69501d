import type { AwsTrust } from './aws-roles.ts';

type Block = Readonly<Record<string, unknown>>;

/**
 * Roles and registries in Terraform's JSON syntax. Tags of images never move, and what is pushed is scanned. The
 * identity provider is not among them: an account has one, whoever made it.
 */
export function terraformOf({ roles, repositories }: AwsTrust): Block {
  const resource: Record<string, Block> = {};
  const add = (type: string, name: string, value: Block): void => {
    resource[type] = { ...resource[type], [name]: value };
  };
  for (const { name } of repositories)
    add('aws_ecr_repository', idOf(name), {
      name,
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: { encryption_type: 'AES256' },
    });
  for (const { name, trust, permissions, use, environments } of roles) {
    const id = idOf(name);
    const slash = name.lastIndexOf('/');
    add('aws_iam_role', id, {
      name: name.slice(slash + 1),
      ...(slash < 0 ? {} : { path: `/${name.slice(0, slash)}/` }),
      description: `${use} from the GitHub environment${environments.length === 1 ? '' : 's'} ${environments.join(', ')}`,
      assume_role_policy: JSON.stringify(trust),
      max_session_duration: 3600,
    });
    if (permissions !== undefined)
      add('aws_iam_role_policy', id, {
        name: use,
        role: `\${aws_iam_role.${id}.name}`,
        policy: JSON.stringify(permissions),
      });
  }
  return { '//': 'Written by trunkline settings trust.', resource };
}

/** What `aws ecr create-repository --cli-input-json` takes. */
export function ecrRequest(name: string): Block {
  return {
    repositoryName: name,
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

/** A name that Terraform takes; two names that become one would differ in punctuation alone. */
function idOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').replace(/^(?=[0-9-])/, '_');
}
