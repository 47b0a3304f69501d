/** git asks gh or a helper for a password; in a lab its token answers, out of the environment, not of argv. */
export function withGitToken(env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...env,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'credential.https://github.com.helper',
    GIT_CONFIG_VALUE_0: '!f() { test "$1" = get && echo username=x && echo "password=$GH_TOKEN"; }; f',
  };
}

/** Lines for a POSIX shell that sets the variables. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
