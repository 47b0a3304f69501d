/** How docker (BuildKit and before), podman and buildah begin the line on an image that they could not ask for. */
const asking =
  /failed to resolve source metadata|failed to do request|initializing source|pinging container registry|Error response from daemon: .*\/v2\//i;

/** How Go, which all of them are written in, words that nobody answered. A registry's own refusal is not among it. */
const nobody =
  /no such host|i\/o timeout|connection refused|network is unreachable|no route to host|TLS handshake timeout|server misbehaving|Temporary failure in name resolution|deadline exceeded|proxyconnect|\bEOF$/i;

/**
 * The engine's words when a build failed since no registry could be reached for its base image: the machine is
 * offline, and the Dockerfile may be right. Undefined for every other failure, a base image that does not exist included.
 */
export function unreachableBase(printed: readonly string[]): string | undefined {
  // A command of RUN may print the same words on a failure of its own; the engine's own complaint comes last.
  const complaints = printed.filter((line) => /^(?:ERROR|Error)\b/.test(line.trimStart()));
  const last = complaints.at(-1) ?? printed.findLast((line) => line.trim() !== '') ?? '';
  return asking.test(last) && nobody.test(last) ? last.trim() : undefined;
}
