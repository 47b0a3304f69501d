import { isDigest } from '../model/digest.ts';
import type { OciManifest } from './registry-client.ts';

/** A manifest or an index; undefined for anything else, and where something in it is named by no digest. */
export function parseManifest(bytes: Uint8Array): OciManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { config, layers, manifests, subject } = value as Readonly<Record<string, unknown>>;
  const lists = [layers ?? [], manifests ?? []];
  if (!lists.every((one) => Array.isArray(one))) return undefined;
  const named = [...[config, subject].filter((one) => one !== undefined && one !== null), ...lists.flat()];
  return named.every(isDescriptor) ? (value as OciManifest) : undefined;
}

function isDescriptor(value: unknown): boolean {
  const { digest, size } = (value ?? {}) as { digest?: unknown; size?: unknown };
  return typeof digest === 'string' && isDigest(digest) && typeof size === 'number' && size >= 0;
}
