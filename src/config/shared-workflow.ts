import type { Accepted } from './config.ts';

/** A workflow of another repository. Its ref is part of the name that it signs under. */
export interface SharedWorkflow {
  /** `owner/name` */
  readonly repository: string;
  readonly path: string;
  /** Undefined: its versions are those of trunkline.lock. */
  readonly ref?: string;
}

const pattern = /^([\w.-]+\/[\w.-]+)\/(\.github\/workflows\/[\w.-]+\.ya?ml)(?:@(\S+))?$/;

/** `acme/platform/.github/workflows/publish.yml@refs/tags/v1`; undefined for a workflow of the repository itself. */
export function sharedWorkflow(signer: string): SharedWorkflow | undefined {
  const [, repository, path, ref] = pattern.exec(signer) ?? [];
  if (repository === undefined || path === undefined) return undefined;
  return { repository, path, ...(ref === undefined ? {} : { ref }) };
}

/** Repositories of signers whose versions are those of trunkline.lock. */
export function lockedSigners(accept: readonly Pick<Accepted, 'signer'>[]): readonly string[] {
  const shared = accept.flatMap(({ signer = '' }) => sharedWorkflow(signer) ?? []);
  return [...new Set(shared.filter(({ ref }) => ref === undefined).map(({ repository }) => repository))];
}
