import { TrunklineError } from '../errors.ts';
import type { Digest } from './digest.ts';

/** A commit of an application repository, written `owner/repo@sha`. */
export interface Source {
  /** `owner/name` */
  readonly repository: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

/** Immutable: a service, its image and the commit it was built from. */
export interface Release {
  readonly service: string;
  readonly digest: Digest;
  readonly source?: Source;
  /** The image without tag or digest: `ghcr.io/acme/api`. */
  readonly image?: string;
  /** A label for people: a tag of the image. */
  readonly tag?: string;
  /** The ref it was published from: `refs/heads/main`, `refs/heads/hotfixes/x`, `refs/tags/v1`. */
  readonly ref?: string;
  /** URL of the run that published it. */
  readonly run?: string;
}

const sourcePattern = /^([A-Za-z0-9-]+\/[A-Za-z0-9._-]+)@([0-9a-f]{40})$/;

export function formatSource(source: Source): string {
  return `${source.repository}@${source.commit}`;
}

export function parseSource(text: string): Source | undefined {
  const match = sourcePattern.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { repository: match[1], commit: match[2] };
}

/** A tag of an image, as registries allow it. @throws INPUT_INVALID */
export function requireTag(text: string): string {
  if (isTag(text)) return text;
  throw new TrunklineError(
    'INPUT_INVALID',
    `expected a tag of an image, such as "v1.2.3", found ${JSON.stringify(text)}`,
  );
}

export function isTag(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text);
}
