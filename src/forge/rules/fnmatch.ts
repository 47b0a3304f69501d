/**
 * Ruby's File.fnmatch with FNM_PATHNAME, which rulesets and branch policies use: `*` stops at a slash, `**` followed by
 * a slash crosses any number of them (docs.github.com, "Creating rulesets": no backslash, no `[^…]`).
 */
export function fnmatch(pattern: string, name: string): boolean {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    if (pattern.startsWith('**/', at) && (at === 0 || pattern[at - 1] === '/')) {
      source += '(?:[^/]+/)*';
      at += 2;
    } else if (char === '*') {
      while (pattern[at + 1] === '*') at += 1;
      source += '[^/]*';
    } else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const set = /^\[!?[^\]/]+\]/.exec(pattern.slice(at))?.[0];
      if (set === undefined) source += '\\[';
      else {
        source += `[${set[1] === '!' ? '^' : ''}${set.slice(set[1] === '!' ? 2 : 1, -1).replaceAll(/[\\^[]/g, '\\$&')}]`;
        at += set.length - 1;
      }
    } else source += char.replace(/[\\^$.+{}()|\]]/, '\\$&');
  }
  return new RegExp(`^${source}$`, 's').test(name);
}
