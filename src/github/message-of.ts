/** What an error of Octokit's says, without the link to GitHub's documentation that it ends with. */
export function messageOf(error: unknown): string {
  return error instanceof Error
    ? (error.message.split(' - https://docs.github.com')[0] ?? error.message)
    : String(error);
}
