import type { ContainerSpec } from '../containers/container-spec.ts';

/** A program as it is started, without a shell. */
export interface ProgramCall {
  readonly file: string;
  readonly args: readonly string[];
}

/** What a service program is given. */
export interface ServicePlace {
  readonly spec: ContainerSpec;
  /** Empty, the service's own, removed with it. */
  readonly folder: string;
  /** The port of this machine that stands for the container's. */
  port(container: number): Promise<number>;
  /** Full path of a program; folders are looked into before the PATH. @throws where it is not there */
  find(name: string, folders?: readonly string[]): Promise<string>;
  /** Writes a file into the folder; answers its path. */
  write(name: string, text: string): Promise<string>;
}

/** How a service is started on this machine. */
export interface ServicePlan {
  /** Of which program, in words: `PostgreSQL 15`. */
  readonly title: string;
  /** Each is run to its end before the service starts. */
  readonly first: readonly ProgramCall[];
  readonly run: ProgramCall;
  /** The service is up when this port of the machine takes connections. */
  readonly port: number;
  /** Each is run once the service is up. */
  readonly after: readonly ProgramCall[];
  /** For all of these and for the health check. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders that come first on the health check's PATH. */
  readonly path: readonly string[];
  /** Where the workflow names no health check. */
  readonly health?: string;
}

/** A program of this machine that stands for a service's image where no container engine answers. */
export interface ServiceProgram {
  /** What brings it to this machine. */
  readonly install: string;
  plan(place: ServicePlace): Promise<ServicePlan>;
}
