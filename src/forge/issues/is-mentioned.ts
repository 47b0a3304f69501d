import type { Forge } from '../forge.ts';
import type { Issue, Pull } from '../rows.ts';

/** Whether the text or a comment names somebody: `@login`, and no longer name that begins so. */
export function isMentioned(forge: Forge, row: Issue | Pull, login: string): boolean {
  const comments = forge.store.comments.by('issue', `${row.repositoryId}/${row.number}`).map((one) => one.body);
  const wanted = `@${login.toLowerCase()}`;
  return [row.body ?? '', ...comments].some((text) => names(text.toLowerCase(), wanted));
}

function names(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1))
    if (!/[a-z0-9-]/.test(text[at + wanted.length] ?? '')) return true;
  return false;
}
