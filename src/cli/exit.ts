/** Our own are 0 to 3 (2 and 3 of `ci replace --compat` are those of the published action); others a program's that was run. */
type ExitCode = number;

/** Ends the command with this exit code; all there is to say has been printed. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}
