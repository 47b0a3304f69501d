/**
 * The forms of a secret that GitHub's runner masks beside the secret itself (actions/runner, ValueEncoders.cs),
 * and a quote inside a single-quoted shell word, which it does not know.
 */
export function secretForms(secret: string): readonly string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = (shift: number): string => bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
  const forms = [
    secret,
    base64(0),
    base64(1),
    base64(2),
    secret.replaceAll('"', '\\"'),
    secret.replaceAll("'", "''"),
    secret.replaceAll("'", "'\\''"),
    JSON.stringify(secret).slice(1, -1),
    escapeUri(secret),
    escapeXml(secret),
    secret.length > 8 && secret.startsWith('"') && secret.endsWith('"') ? secret.slice(1, -1) : '',
    ...ampersandSections(secret),
  ];
  return [...new Set(forms)].filter((form) => form !== '');
}

function escapeUri(text: string): string {
  // A lone surrogate, which encodeURIComponent refuses, becomes U+FFFD as it does in a file.
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8')).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** PowerShell prints a failed command in pieces, cut at an ampersand. */
function ampersandSections(text: string): readonly string[] {
  const coloured = text.indexOf('&+');
  const cut = coloured >= 0 ? coloured + 2 : text.lastIndexOf('&') + 1;
  if (cut === 0) return [];
  return [text.slice(0, cut), text.slice(coloured >= 0 ? cut + 1 : cut)].filter((section) => section.length >= 6);
}

/** Texts after which one pattern for all secrets is made. With a private key that takes as long as searching so many. */
const patience = 200;

/** Replaces secrets by `***`; secrets may be added at any time. */
export class Masker {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;
  #asked = 0;

  /** Masks the value, each of its lines, and their encoded forms. Empty values are passed over. */
  add(secret: string): void {
    const lines = secret
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (lines.length === 0) return;
    for (const value of new Set([secret, ...lines])) {
      for (const form of secretForms(value)) this.#values.add(form);
    }
    this.#pattern = undefined;
  }

  mask(text: string): string {
    return this.#holds(text) ? this.#cover(text) : text;
  }

  #holds(text: string): boolean {
    if (this.#values.size === 0) return false;
    if (this.#asked < patience) {
      this.#asked += 1;
      for (const value of this.#values) if (text.includes(value)) return true;
      return false;
    }
    this.#pattern ??= new RegExp([...this.#values].map(escapePattern).join('|'));
    return this.#pattern.test(text);
  }

  /** Whether the text holds a secret. */
  finds(text: string): boolean {
    return this.mask(text) !== text;
  }

  /** Secrets may overlap: what any of them covers is hidden, and neighbours share their stars. */
  #cover(text: string): string {
    const spans: [number, number][] = [];
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) spans.push([at, at + value.length]);
    }
    spans.sort((a, b) => a[0] - b[0]);
    let out = '';
    let done = 0;
    let end = -1;
    for (const [from, to] of spans) {
      if (from > end) {
        if (end >= 0) out += '***';
        out += text.slice(done, from);
      }
      end = Math.max(end, to);
      done = end;
    }
    return `${out}***${text.slice(done)}`;
  }
}

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
