/**
 * Everything that is not a value comes in here: time, randomness, environment, network.
 * Made once, in cli/main.ts; pure folders never see it. Files and processes are Node's own, in a folder that is given.
 */
export interface Ports {
  readonly clock: Clock;
  /** Cryptographically random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which Node 20's own fetch does not. */
  readonly fetch: typeof globalThis.fetch;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks at the terminal and answers the line; absent where nobody could answer. */
  readonly ask?: (question: string) => Promise<string>;
  readonly cwd: string;
  /** Aborted when the user asked to end (Ctrl-C, SIGTERM): end what was started, leave nothing behind, then return. */
  readonly interrupted: AbortSignal;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}
