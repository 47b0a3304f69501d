import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { Ports } from '../../ports.ts';
import type { AwsRole, AwsRoles } from './read-roles.ts';
import { isPermitted, type PermissionPolicy } from './role-permissions.ts';
import { judgeTrust } from './trust-policy.ts';

const issuerHost = 'token.actions.githubusercontent.com';
/** Claims that AWS makes keys of conditions from, for GitHub's tokens (IAM user guide, "Available keys for OIDC"). */
const knownClaims = [
  'aud',
  'sub',
  'actor',
  'actor_id',
  'enterprise',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
];

/** Whether an action of ECR's is allowed on one of its repositories. */
export type RegistryRights = (
  action: 'ecr:BatchGetImage' | 'ecr:PutImage' | 'ecr:BatchDeleteImage',
  repository: string,
) => boolean;

export interface AwsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  readonly account: string;
  readonly roleArn: string;
  /** `arn:aws:sts::…:assumed-role/role/session` */
  readonly arn: string;
  /** Whether a trust policy was there to judge by. */
  readonly judged: boolean;
  /** Undefined: it may do everything. */
  readonly permissions?: PermissionPolicy;
}

/** What STS answers instead of credentials. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal';
  readonly code: string;
  /** Not told by AWS: what would have had to be different. */
  readonly reasons: readonly string[];

  constructor(code: string, message: string, reasons: readonly string[] = []) {
    super(message);
    this.code = code;
    this.reasons = reasons;
  }
}

export interface AwsAccountsOptions {
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly roles: AwsRoles;
  /** The issuer's public keys. */
  readonly keys: () => readonly JsonWebKey[];
}

/** The lab's AWS, as far as jobs sign in to it: roles with trust policies, sessions, logins of the registry. */
export class AwsAccounts {
  readonly #options: AwsAccountsOptions;
  /** Roles that were made later; what none of them is called is let in as where there are none. */
  readonly #made = new Map<string, AwsRole>();
  readonly #sessions = new Map<string, AwsSession>();
  readonly #registryPasswords = new Map<string, string>();

  constructor(options: AwsAccountsOptions) {
    this.#options = options;
  }

  /** Makes a role; one that the lab was opened with stays as it is. */
  makeRole(arn: string, role: AwsRole): void {
    this.#made.set(arn, role);
  }

  /** STS' AssumeRoleWithWebIdentity. @throws AwsRefusal for AWS' reasons, in its order */
  assumeRole(request: {
    readonly roleArn: string;
    readonly token: string;
    readonly sessionName: string;
    readonly seconds: number;
  }): AwsSession {
    const { roleArn } = request;
    const match = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(roleArn);
    if (match === null) throw new AwsRefusal('ValidationError', `${roleArn} is invalid`);
    const [, account = '', role = ''] = match;
    const claims = this.#verify(request.token);
    // The identity provider of the account lists who the token may be for: as the action asks, unless a policy says so.
    const known = this.#options.roles.get(roleArn) ?? this.#made.get(roleArn);
    const policy = known?.trust;
    if (policy === undefined && claims['aud'] !== 'sts.amazonaws.com')
      throw new AwsRefusal('InvalidIdentityToken', 'Incorrect token audience');
    if (policy !== undefined) {
      const keys = Object.fromEntries(
        knownClaims.flatMap((name) =>
          claims[name] === undefined ? [] : [[`${issuerHost}:${name}`.toLowerCase(), String(claims[name])]],
        ),
      );
      const provider = `${roleArn.split(':iam::')[0]}:iam::${account}:oidc-provider/${issuerHost}`;
      const { allowed, reasons } = judgeTrust(policy, { action: 'sts:AssumeRoleWithWebIdentity', provider, keys });
      if (!allowed)
        throw new AwsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', reasons);
    } else if (this.#options.roles.size > 0) {
      throw new AwsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', [
        `there is no role ${roleArn} among those that the lab was given`,
      ]);
    }
    const { random, clock } = this.#options.ports;
    const session: AwsSession = {
      accessKeyId: `ASIA${base32(random(16))}`,
      secretAccessKey: Buffer.from(random(30)).toString('base64'),
      sessionToken: Buffer.from(random(96)).toString('base64'),
      expiration: new Date(clock.now() + request.seconds * 1000).toISOString(),
      account,
      roleArn,
      arn: `${roleArn.split(':iam::')[0]}:sts::${account}:assumed-role/${role}/${request.sessionName}`,
      judged: policy !== undefined,
      ...(known?.permissions === undefined ? {} : { permissions: known.permissions }),
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /** The session of an access key that has not expired. */
  session(accessKeyId: string): AwsSession | undefined {
    const session = this.#sessions.get(accessKeyId);
    return session !== undefined && Date.parse(session.expiration) > this.#options.ports.clock.now()
      ? session
      : undefined;
  }

  /** ECR's GetAuthorizationToken: a password for the account's registries, as long as the session lives. */
  registryPassword(session: AwsSession): string {
    const password = Buffer.from(this.#options.ports.random(48)).toString('base64url');
    this.#registryPasswords.set(password, session.accessKeyId);
    return password;
  }

  /** What the holder of a password may do at the registry of this host; undefined where it does not open it. */
  registryRights(host: string, password: string): RegistryRights | undefined {
    const session = this.session(this.#registryPasswords.get(password) ?? '');
    const [, account, region] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\./.exec(host) ?? [];
    if (session === undefined || session.account !== account) return undefined;
    const { permissions, roleArn } = session;
    const [, partition = 'aws'] = roleArn.split(':');
    return (action, repository) =>
      permissions === undefined ||
      isPermitted(permissions, action, `arn:${partition}:ecr:${region}:${account}:repository/${repository}`);
  }

  #verify(token: string): Readonly<Record<string, unknown>> {
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = parse(body);
    if (parse(head) === undefined || claims === undefined)
      throw new AwsRefusal('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
    if (claims['iss'] !== `https://${issuerHost}`)
      throw new AwsRefusal(
        'InvalidIdentityToken',
        `No OpenIDConnect provider found in your account for ${String(claims['iss'])}`,
      );
    const signed = Buffer.from(`${head}.${body}`);
    const genuine = this.#options.keys().some((jwk) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      return verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'));
    });
    if (!genuine) throw new AwsRefusal('InvalidIdentityToken', 'Provided Token signature is not valid');
    if (Number(claims['exp']) * 1000 <= this.#options.ports.clock.now())
      throw new AwsRefusal('ExpiredTokenException', 'Token expired: the token has passed its expiration time');
    return claims;
  }
}

function parse(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function base32(bytes: Uint8Array): string {
  return [...bytes].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');
}
