import type { Report } from '../report.ts';

/** A report of this text, in pieces of some characters, so that nothing may hang on where a piece ends. */
export function reportOf(text: string, piece = 7): Report {
  return {
    file: 'report',
    open: async function* () {
      for (let at = 0; at < text.length; at += piece) yield text.slice(at, at + piece);
    },
  };
}
