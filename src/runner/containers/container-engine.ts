/** docker or podman of this machine, where it answers. */
export interface ContainerEngine {
  readonly name: string;
  /** Full path. */
  readonly program: string;
  /** The machine's own environment: an engine finds its daemon, its storage and its proxy by it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What mends it where a workflow needs an engine and none answers. */
export const engineHint = 'install docker or podman and start it: `docker info` or `podman info` must answer';
