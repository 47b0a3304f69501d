/** 2 and 3 are those of `ci replace --compat`, which keeps the published action's. */
type ExitCode = 0 | 1 | 2 | 3;

/** Ends the command with this exit code; all there is to say has been printed. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}
