/** What `{{…}}` of a rule may say. */
export interface MetadataContext {
  readonly eventName: string;
  readonly ref: string;
  readonly sha: string;
  readonly defaultBranch: string;
  /** Of the pull request, or of the push of a tag, where the event says. */
  readonly baseRef: string;
  readonly now: Date;
  readonly commitDate: Date;
}

/** Puts values in place of `{{branch}}`, `{{date 'YYYYMMDD' tz='UTC'}}` and the like; of what is unknown nothing is left. */
export function expand(text: string, context: MetadataContext, more: Readonly<Record<string, string>> = {}): string {
  return text.replaceAll(/\{\{\{?\s*([a-z_]+)([^{}]*?)\s*\}?\}\}/gi, (_, name: string, rest: string) => {
    if (name === 'date' || name === 'commit_date') {
      const format = /'([^']*)'|"([^"]*)"/.exec(rest.replace(/tz=\S+/, ''));
      const zone = /tz=['"]([^'"]+)['"]/.exec(rest)?.[1] ?? 'UTC';
      return formatDate(name === 'date' ? context.now : context.commitDate, format?.[1] ?? format?.[2] ?? '', zone);
    }
    return more[name] ?? value(name, context);
  });
}

function value(name: string, context: MetadataContext): string {
  const { ref } = context;
  const after = (prefix: string): string => (ref.startsWith(prefix) ? ref.slice(prefix.length) : '');
  switch (name) {
    case 'branch':
      return after('refs/heads/');
    case 'tag':
      return after('refs/tags/');
    case 'sha':
      return context.sha.slice(0, 7);
    case 'base_ref':
      return context.baseRef.replace(/^refs\/heads\//, '');
    case 'is_default_branch':
      return String(isDefault(context));
    case 'is_not_default_branch':
      return String(!isDefault(context));
    default:
      return '';
  }
}

function isDefault({ ref, defaultBranch, eventName }: MetadataContext): boolean {
  return ref.replace(/^refs\/heads\//, '') === defaultBranch || /create|discussion|issues|schedule/.test(eventName);
}

/** The tokens of moment's formats that tags are made of. @throws Error for others */
function formatDate(date: Date, format: string, zone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(date)
      .map(({ type, value: text }) => [type, text]),
  );
  const tokens: Readonly<Record<string, string | undefined>> = {
    YYYY: parts['year'],
    YY: parts['year']?.slice(2),
    MM: parts['month'],
    DD: parts['day'],
    HH: parts['hour'],
    mm: parts['minute'],
    ss: parts['second'],
    X: String(Math.floor(date.getTime() / 1000)),
    x: String(date.getTime()),
  };
  return format.replaceAll(/\[([^\]]*)\]|([A-Za-z])\2*/g, (token, literal: string | undefined) => {
    if (literal !== undefined) return literal;
    if (token === 'T' || token === 'Z') return token;
    const found = tokens[token];
    if (found === undefined)
      throw new Error(
        `the stand-in for docker/metadata-action does not know "${token}" of the date format "${format}"`,
      );
    return found;
  });
}
