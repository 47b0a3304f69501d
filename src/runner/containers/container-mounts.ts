/** A folder or file of this machine, and where a container sees it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: true;
}

/** `-v source:target[:ro]` of each. */
export function mountArguments(mounts: readonly Mount[]): readonly string[] {
  return mounts.flatMap(({ source, target, readOnly }) => ['-v', `${source}:${target}${readOnly ? ':ro' : ''}`]);
}

/** The path as the container has it, where the text is a path below a mount; other texts stay (ContainerInfo.cs). */
export function inContainer(mounts: readonly Mount[], text: string): string {
  const found = mounts
    .filter(({ source }) => text === source || text.startsWith(`${source}/`))
    .sort((a, b) => b.source.length - a.source.length)[0];
  return found === undefined ? text : `${found.target}${text.slice(found.source.length)}`;
}

/** The path as this machine has it, where the text is one below a mount's target; other texts stay. */
export function onHost(mounts: readonly Mount[], text: string): string {
  const turned = mounts.map(({ source, target }) => ({ source: target, target: source }));
  return inContainer(turned, text);
}

/** All values, paths as the container has them. */
export function environmentInContainer(
  mounts: readonly Mount[],
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inContainer(mounts, value)]));
}
