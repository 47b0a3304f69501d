import type { Accepted } from '../config/config.ts';
import { isShared } from '../sigstore/signer-identity.ts';

/** Where the workflow stands that must sign: `repository` is another one's for a shared workflow, which has a ref of its own. */
export interface SignerFile {
  readonly repository: string;
  readonly path: string;
  readonly ref: string | undefined;
}

export function signerFile({ repository, signer }: Pick<Accepted, 'repository' | 'signer'>): SignerFile | undefined {
  if (signer === undefined) return undefined;
  if (!isShared(signer)) return { repository, path: signer, ref: undefined };
  const [file = '', ref] = signer.split('@');
  const [owner = '', name = '', ...rest] = file.split('/');
  return { repository: `${owner}/${name}`, path: rest.join('/'), ref };
}
