/** Whether a host, with its port, is this machine: nothing leaves it, and it needs no TLS. */
export function isLoopback(host: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host);
}
