import { composePin, type Pin } from '../../manifest/pin.ts';

/** A line of the plainest YAML: indentation, perhaps a dash, a key and a scalar without anything that needs a parser. */
const line =
  /^(?<indent> *)(?<dash>- +)?(?<key>[A-Za-z]+):(?: +(?<value>[A-Za-z0-9][A-Za-z0-9._/@+-]*(?::[A-Za-z0-9._/@+-]+)*|"[A-Za-z0-9._/:@+-]*"))?(?: +#.*)? *$/;

export interface QuickImage {
  readonly name: string;
  readonly pin: Pin | undefined;
}

/**
 * The entries of a kustomization's `images:` where it is written in the plainest way, which a thousand of them usually
 * are; undefined for everything else, which is for the parser. The rest of the file is not looked at. A scalar that YAML might take for a number is not plain.
 */
export function quickKustomizeImages(text: string): readonly QuickImage[] | undefined {
  const body = text.replace(/^---\n/, '');
  if (/\r|^(?:---|\.\.\.|%|["']images)/m.test(body)) return undefined;
  const start = body.startsWith('images:\n') ? 0 : body.indexOf('\nimages:\n') + 1;
  // Written in two ways, or twice: for the parser to judge.
  if (!body.startsWith('images:\n', start) || (body.match(/^images/gm)?.length ?? 0) !== 1) return undefined;
  const entries: Map<string, string>[] = [];
  let [outer, inner] = [-1, -1];
  for (const row of body.slice(start + 'images:\n'.length).split('\n')) {
    if (/^ *(?:#|$)/.test(row)) continue;
    const { indent = '', dash, key = '', value } = line.exec(row)?.groups ?? {};
    if (indent === '' && dash === undefined && /^[A-Za-z][\w.-]*:(?: |$)/.test(row)) break;
    if (key === '' || value === undefined || mayBeOther(value)) return undefined;
    if (dash !== undefined) {
      if (outer === -1) [outer, inner] = [indent.length, indent.length + dash.length];
      if (indent.length !== outer || indent.length + dash.length !== inner) return undefined;
      entries.push(new Map());
    } else if (indent.length !== inner) return undefined;
    const entry = entries.at(-1);
    if (entry === undefined || entry.has(key)) return undefined;
    entry.set(key, value.replaceAll('"', ''));
  }
  const images = entries.map((entry): QuickImage => {
    const name = entry.get('name') ?? '';
    return {
      name,
      pin: composePin({ image: entry.get('newName') ?? name, tag: entry.get('newTag'), digest: entry.get('digest') }),
    };
  });
  const names = new Set(images.map((one) => one.name));
  const odd = images.some(({ pin }, index) => pin?.digest !== entries[index]?.get('digest'));
  return names.size === images.length && !names.has('') && !odd ? images : undefined;
}

/** What one entry pins, where all is plain and the entry is there; undefined otherwise. */
export function quickKustomizePin(image: string, text: string): Pin | undefined {
  return quickKustomizeImages(text)?.find((one) => one.name === image)?.pin;
}

/** A plain scalar that YAML reads as a number, a truth value or nothing. */
function mayBeOther(value: string): boolean {
  return !value.startsWith('"') && /^(?:[0-9][0-9._xobe+-]*|true|false|null|yes|no|on|off)$/i.test(value);
}
