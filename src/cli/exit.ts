/** Ends the command with this exit code; all there is to say has been printed. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly exitCode: 0 | 1;

  constructor(exitCode: 0 | 1) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}
