/** The login that a URL carries, as it is meant; undefined where it carries none. */
export function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `${decoded(username)}:${decoded(password)}`;
}

/** A stray % stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
