import { textOf } from '../job/evaluation.ts';

/** `container:` or an entry of `services:`, evaluated. */
export interface ContainerSpec {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  /** As the workflow writes them: `5432`, `5432:5432`, `8080:80/tcp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly options: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly entrypoint?: string;
  readonly command?: string;
}

/** Undefined where the image is empty: GitHub starts nothing then. */
export function containerSpec(value: unknown): ContainerSpec | undefined {
  const given = isRecord(value) ? value : { image: value };
  const image = textOf(given['image']).replace(/^docker:\/\//, '');
  if (image === '') return undefined;
  const credentials = given['credentials'];
  return {
    image,
    env: isRecord(given['env'])
      ? Object.fromEntries(Object.entries(given['env']).map(([name, entry]) => [name, textOf(entry)]))
      : {},
    ports: list(given['ports']),
    volumes: list(given['volumes']),
    options: textOf(given['options']),
    ...(isRecord(credentials)
      ? { credentials: { username: textOf(credentials['username']), password: textOf(credentials['password']) } }
      : {}),
    ...(given['entrypoint'] === undefined ? {} : { entrypoint: textOf(given['entrypoint']) }),
    ...(given['command'] === undefined ? {} : { command: textOf(given['command']) }),
  };
}

/** `services:` by name; those whose image is empty are left out. */
export function serviceSpecs(value: unknown): readonly (readonly [string, ContainerSpec])[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, service]) => {
    const spec = containerSpec(service);
    return spec === undefined ? [] : [[name, spec] as const];
  });
}

/** A port as the workflow maps it; no host port: any that is free. */
export interface PortMapping {
  readonly container: number;
  readonly host?: number;
}

/** @throws Error for what is no port */
export function portMapping(text: string): PortMapping {
  const match = /^(?:(?:[\d.]+:)?(\d*):)?(\d+)(?:\/(?:tcp|udp))?$/.exec(text.trim());
  if (match?.[2] === undefined) throw new Error(`expected a port, found '${text}'`);
  const host = match[1];
  return { container: Number(match[2]), ...(host === undefined || host === '' ? {} : { host: Number(host) }) };
}

function list(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
