import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import { exportLines, withGitToken } from './git-token.ts';

/** Writes a file of variables for everybody in the lab, readable by this user only, and says how to use them. */
export function describeKeptLab(lab: Lab, repository: string, health: string | undefined): string {
  const people = [...lab.forge.forge.store.accounts.values()].filter(({ type }) => type === 'User');
  const fileOf = (login: string): string => join(lab.folder, `${login}.env`);
  for (const { login } of people) {
    const token = lab.admin.createToken(login, { scopes: ['repo', 'workflow', 'read:org', 'admin:org'] });
    writeFileSync(fileOf(login), exportLines(withGitToken(lab.env(token))), { mode: 0o600 });
  }
  const logins = people.map(({ login }) => login);
  const [first = ''] = logins.includes('alice') ? ['alice'] : logins;
  const others = logins.filter((login) => login !== first).map((login) => `${login}.env`);
  return [
    '',
    'The lab stays up until Ctrl-C. In another terminal:',
    '',
    `  . ${fileOf(first)}          # you are ${first} now, and github.com is the lab`,
    `  git clone https://github.com/${repository}`,
    `  gh pr list --repo ${repository} --state all`,
    `  curl -H "Authorization: Bearer $GH_TOKEN" "https://api.github.com/repos/${repository}/pulls?state=all"`,
    ...(health === undefined ? [] : [`  curl ${health}`]),
    '',
    `To approve as somebody else: ${others.join(', ')} beside it.`,
    '',
    '',
  ].join('\n');
}
