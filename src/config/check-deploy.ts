import type { Problem } from '../errors.ts';
import type { DeployDocument } from './deploy-schema.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';

const ways = ['command', 'kubernetes', 'argocd', 'flux'] as const;
type Way = (typeof ways)[number];

/** Keys that go with each way. */
const beside: Readonly<Record<Way, readonly (keyof DeployDocument)[]>> = {
  command: ['secrets', 'health', 'smoke', 'timeout'],
  kubernetes: ['secrets', 'health', 'smoke', 'timeout', 'namespace'],
  argocd: ['project', 'namespace', 'cluster', 'reporter'],
  flux: ['namespace', 'interval', 'reporter'],
};

/** What a schema cannot say of `deploy`: one way, and what goes with it; and of GitHub's own limits. */
export function checkDeploy(document: EnvironmentsDocument, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly string[], hint?: string): void => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  const check = (said: DeployDocument | undefined, path: readonly string[]): void => {
    if (said === undefined) return;
    const where = path.join('.');
    const [way, second] = ways.filter((one) => said[one] !== undefined);
    if (way === undefined || second !== undefined) {
      const found = second === undefined ? 'none' : `both "${way}" and "${second}"`;
      fault(
        `${where}: expected one of "command", "kubernetes", "argocd" and "flux", found ${found}`,
        second === undefined ? path : [...path, second],
        'for example deploy: { command: ./deploy.sh }',
      );
      return;
    }
    for (const [key, value] of Object.entries(said)) {
      if (value === undefined || key === way || beside[way].includes(key as keyof DeployDocument)) continue;
      fault(`${where}.${key}: means nothing beside "${way}"`, [...path, key]);
    }
    const name = said[way] ?? '';
    if (way === 'kubernetes') {
      if (/^[-/]|(?:^|\/)\.\.(?:\/|$)/.test(name))
        fault(`${where}.kubernetes: expected a folder of the repository, found "${name}"`, [...path, way]);
    } else if (way !== 'command' && !(name.includes('{service}') && name.includes('{environment}')))
      fault(`${where}.${way}: expected {service} and {environment} in it, found "${name}"`, [...path, way]);
  };
  check(document.deploy, ['deploy']);
  for (const [name, one] of Object.entries(document.environments)) {
    const path = ['environments', name];
    check(one.deploy, [...path, 'deploy']);
    if (one.wait !== undefined && (one.wait % 60_000 !== 0 || one.wait > 30 * 86_400_000))
      fault(`environments.${name}.wait: expected whole minutes, 30d at most`, [...path, 'wait']);
  }
  return problems;
}
