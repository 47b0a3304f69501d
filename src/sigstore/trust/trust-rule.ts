import { type Accepted, type EnvironmentsConfig, serviceNames, type Verifiable } from '../../config/config.ts';
import { sharedWorkflow } from '../../config/shared-workflow.ts';
import type { Lock } from '../../workflow/generate/lock.ts';
import { githubIssuer } from '../github-claims.ts';
import { signerNames } from '../signer-identity.ts';

/** Who may sign one service's image, as an admission controller can be told: the same that `ci verify` asks. */
export interface TrustRule {
  readonly service: string;
  /** Without tag or digest. */
  readonly image: string;
  readonly issuer: string;
  /** Any of these. */
  readonly signers: readonly TrustedSigner[];
}

export interface TrustedSigner {
  /** The repository that it must be built from. */
  readonly source: string;
  /** The workflow is another repository's: its name does not say what was built. */
  readonly shared: boolean;
  /** Some version of it signs no more, and what it signed before still counts. */
  readonly ended: boolean;
  /** Whole identities. */
  readonly subjects: readonly string[];
  /** Identities by an anchored regular expression, for branches and tags that a route names by a pattern. */
  readonly patterns: readonly string[];
  readonly types: readonly Verifiable[];
  /** What it must have run on; undefined: whatever there is. */
  readonly runner?: Accepted['runner'];
}

/**
 * One rule for each service of which some repository must sign; `imageOf` says what its image is called. @throws NOT_FOUND where the lock has none of a shared workflow
 */
export function trustRules(
  config: Pick<EnvironmentsConfig, 'accept' | 'routes'>,
  imageOf: (service: string) => string,
  lock: Pick<Lock, 'actions'>,
): readonly TrustRule[] {
  return serviceNames(config as EnvironmentsConfig).flatMap((service): TrustRule[] => {
    const accepted = config.accept.filter((one) => one.services.has(service));
    // Where one of its repositories need not sign, nothing can be asked of the image.
    if (accepted.some((one) => one.signer === undefined || one.verify.length === 0)) return [];
    const signers = accepted.map(({ repository, signer = '', verify, runner }) => ({
      source: repository,
      shared: sharedWorkflow(signer) !== undefined,
      types: verify,
      ...(runner === undefined ? {} : { runner }),
      ...identitiesOf(config, repository, signer, lock),
    }));
    return signers.length === 0 ? [] : [{ service, image: imageOf(service), issuer: githubIssuer, signers }];
  });
}

/** The refs that lead to an environment, and hotfix branches, as `ci deploy` takes them. */
function identitiesOf(
  { routes }: Pick<EnvironmentsConfig, 'routes'>,
  repository: string,
  signer: string,
  lock: Pick<Lock, 'actions'>,
): Pick<TrustedSigner, 'subjects' | 'patterns' | 'ended'> {
  if (sharedWorkflow(signer) !== undefined) {
    const { identities, until } = signerNames({ source: repository, signer, lock });
    return { subjects: identities, patterns: [], ended: until.size > 0 };
  }
  const subjects = new Set<string>();
  const patterns = new Set<string>();
  const workflow = `https://github.com/${repository}/${signer}`;
  const anchored = (ref: string): string => `^${escaped(workflow)}@${ref}$`;
  for (const { by, pattern } of routes) {
    if (by === 'suffix') {
      // A suffix of the image's tag says nothing of the ref.
      patterns.add(anchored('refs/(?:heads|tags)/\\S+'));
      continue;
    }
    const prefix = by === 'branch' ? 'refs/heads/' : 'refs/tags/';
    if (pattern.includes('*')) patterns.add(anchored(`${prefix}${pattern.split('*').map(escaped).join('[^/]*')}`));
    else subjects.add(`${workflow}@${prefix}${pattern}`);
  }
  patterns.add(anchored('refs/heads/hotfixes/\\S+'));
  return { subjects: [...subjects], patterns: [...patterns], ended: false };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
