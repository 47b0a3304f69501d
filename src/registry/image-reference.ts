import { TrunklineError } from '../errors.ts';
import { type Digest, parseDigest } from '../model/digest.ts';

/** `ghcr.io/acme/api:v1@sha256:…`, taken apart. */
export interface ImageReference {
  /** Host and port: `ghcr.io`, `127.0.0.1:5000`; `registry-1.docker.io` for Docker Hub. */
  readonly registry: string;
  /** `acme/api` */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Docker Hub answers under one name, and has others. */
const hub = 'registry-1.docker.io';
const hubNames = new Set(['docker.io', 'index.docker.io', hub]);

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** As the distribution specification names repositories. */
export function isRepositoryName(text: string): boolean {
  return text.length <= 255 && repositoryPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Reads an image's name as docker does: a first part with a dot, a colon or `localhost` is the registry. @throws INPUT_INVALID, DIGEST_INVALID */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : parseDigest(text.slice(at + 1));
  const name = at === -1 ? text : text.slice(0, at);
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const rest = hasRegistry ? name.slice(slash + 1) : name;
  const colon = rest.lastIndexOf(':');
  const path = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  const onHub = !hasRegistry || hubNames.has(first);
  const repository = onHub && !path.includes('/') ? `library/${path}` : path;
  if (!isRepositoryName(repository) || (tag !== undefined && !isTag(tag))) {
    throw new TrunklineError('INPUT_INVALID', `expected an image like ghcr.io/acme/api@sha256:…, found "${text}"`);
  }
  return {
    registry: onHub ? hub : first,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `ghcr.io/acme/api@sha256:…`, or with its tag where it has no digest. */
export function formatImageReference(image: ImageReference): string {
  const name = `${image.registry}/${image.repository}`;
  if (image.digest !== undefined) return `${name}@${image.digest}`;
  return image.tag === undefined ? name : `${name}:${image.tag}`;
}
