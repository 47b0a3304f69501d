import { shortDigest } from '../model/digest.ts';

/** A bot is not called by its name with @: nobody would be notified, and somebody might have that name. */
export function mention(login: string): string {
  return login.endsWith('[bot]') ? login : `@${login}`;
}

/** As people are shown a digest. */
export function short(digest: string | undefined): string {
  return digest === undefined ? 'none' : shortDigest(digest);
}

/** With every run of white space as one space. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
