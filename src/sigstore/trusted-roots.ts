import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { TrunklineError } from '../errors.ts';

/** One instance's authorities, and what a signature of it must have. */
export interface TrustedInstance {
  /** Host of its certificate authority. */
  readonly name: string;
  readonly material: TrustMaterial;
  /** A public log is kept: an entry in it is wanted, and the certificate's too. */
  readonly logged: boolean;
}

export const trustedRootsHint = 'gh attestation trusted-root > .trunkline/trusted_root.jsonl';

/** Reads trusted roots, one JSON text or one a line, as `gh attestation trusted-root` writes them. @throws TRUST_ROOT_INVALID */
export function parseTrustedRoots(file: string, text: string): readonly TrustedInstance[] {
  const whole = parseJson(text);
  const values =
    whole === undefined
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parseJson)
      : [whole];
  const roots = values.map((value, index) => {
    try {
      if (typeof value !== 'object' || value === null) throw new Error('not a JSON object');
      const root = TrustedRoot.fromJSON(value);
      const [authority] = root.certificateAuthorities;
      if (authority === undefined) throw new Error('it names no certificate authority');
      const name = URL.canParse(authority.uri) ? new URL(authority.uri).host : 'a trusted instance';
      return { name, material: toTrustMaterial(root), logged: root.tlogs.length > 0 };
    } catch (error) {
      throw new TrunklineError(
        'TRUST_ROOT_INVALID',
        `expected a Sigstore trusted root, found ${error instanceof Error ? error.message : String(error)}`,
        {
          location: { file, ...(values.length > 1 ? { line: index + 1 } : {}) },
          hint: trustedRootsHint,
        },
      );
    }
  });
  if (roots.length === 0)
    throw new TrunklineError('TRUST_ROOT_INVALID', 'expected a Sigstore trusted root, found an empty file', {
      location: { file },
      hint: trustedRootsHint,
    });
  return roots;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
