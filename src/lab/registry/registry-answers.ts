import type { ServerResponse } from 'node:http';
import type { Digest } from '../../model/digest.ts';

/** An answer that is not 2xx, in the distribution specification's shape. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Its message is the scope that would do. */
export function unauthorized(name?: string, actions?: string): RegistryError {
  return new RegistryError(401, 'UNAUTHORIZED', name === undefined ? '' : `repository:${name}:${actions}`);
}

/** In ECR's words, as far as it tells them. */
export function notAuthorized(action: string, name: string): RegistryError {
  return new RegistryError(403, 'DENIED', `not authorized to perform: ${action} on resource: repository/${name}`);
}

export function challenge(url: string, scope: string): string {
  const realm = `Bearer realm="${url}/token",service="${new URL(url).host}"`;
  return scope === '' ? realm : `${realm},scope="${scope}"`;
}

export function created(response: ServerResponse, location: string, digest: Digest): void {
  send(response, 201, { location, 'docker-content-digest': digest });
}

export function accepted(response: ServerResponse, name: string, id: string, size: number, status = 202): void {
  send(response, status, {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  });
}

export function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
  head = false,
): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  response.end(head ? undefined : body);
}
