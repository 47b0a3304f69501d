import { findDeploy } from './find-deploy.ts';
import type { InitAnswers, InitQuestion } from './init-answers.ts';
import { type InitStart, teamsOf } from './init-start.ts';
import { optional } from './optional.ts';
import { namesTellOrder } from './order-environments.ts';
import type { RepositoryFiles } from './repository-files.ts';
import { canSplit } from './split-manifests.ts';

/** What an infra repository cannot say of itself, as far as nobody has said it. */
export function environmentQuestions(
  files: RepositoryFiles,
  answers: InitAnswers,
  start: InitStart,
  isApp: boolean,
): readonly InitQuestion[] {
  const { found } = start;
  const teamOf = teamsOf(files, answers, start);
  const without = start.services.filter((service) => teamOf(service) === undefined);
  return [
    ...(answers.accept === undefined && !isApp
      ? [
          {
            key: 'accept',
            text: `Which repository ships ${start.services.join(', ') || 'which services'}? (owner/name, or owner/name=service,service)`,
            flag: '--accept acme/app',
          } as const,
        ]
      : []),
    ...(answers.repository === undefined &&
    answers.infra === undefined &&
    (answers.deploy ?? '') === '' &&
    found !== undefined &&
    findDeploy(files, found)?.name !== undefined
      ? [
          {
            key: 'repository',
            text: 'What is this repository called on GitHub, where the agent in the cluster finds it? (owner/name)',
            flag: '--repository acme/infra',
          } as const,
        ]
      : []),
    ...environmentsQuestion(answers, start),
    ...(without.length > 0
      ? [
          {
            key: 'teams',
            text: `Which team owns ${without.join(', ')}? (its slug; service=team,… where they differ)`,
            flag: '--team api-team',
          } as const,
        ]
      : []),
    ...(answers.deploy === undefined && (found === undefined || findDeploy(files, found) === undefined)
      ? [
          {
            key: 'deploy',
            text: 'Which command deploys? (empty where something in the cluster does)',
            flag: '--deploy "make deploy"',
            suggestion: '',
          } as const,
        ]
      : []),
    ...(answers.split === undefined && found !== undefined && canSplit(files, found)
      ? [
          {
            key: 'split',
            text: `${shownFiles(found.shared)}: several services share a file, and approvals by team cannot be told apart by path. Write a file for each service? (yes or no)`,
            flag: '--split or --no-split',
            suggestion: 'yes',
          } as const,
        ]
      : []),
  ];
}

function environmentsQuestion({ environments }: InitAnswers, { found }: InitStart): readonly InitQuestion[] {
  if (environments !== undefined) return [];
  if (found === undefined)
    return [
      {
        key: 'environments',
        text: 'Which environments are there, in the order in which releases pass them?',
        flag: '--environments dev,staging,prod',
        suggestion: 'dev,staging,prod',
      },
    ];
  if (namesTellOrder(found.environments, found.copies)) return [];
  const names = found.environments.join(',');
  return [
    {
      key: 'environments',
      text: `In which order do releases pass ${found.environments.join(', ')}? Not all of their names say`,
      flag: `--environments ${names}`,
      suggestion: names,
    },
  ];
}

export function kindQuestion(without: readonly { readonly path: string; readonly file: string }[]): InitQuestion {
  const seen =
    without.length === 0
      ? ''
      : ` (${without.map(({ path, file }) => (path === '.' ? file : `${path}/${file}`)).join(', ')} was found, and no Dockerfile)`;
  return {
    key: 'kind',
    text: `Neither a Dockerfile nor a manifest that pins an image for an environment was found${seen}. What is this repository: services, environments or both?`,
    flag: '--kind environments',
  };
}

export function infraQuestion(repository: string | undefined): InitQuestion {
  const suggestion = repository === undefined ? undefined : `${repository.split('/')[0]}/infra`;
  return {
    key: 'infra',
    text: 'Which repository says what runs where? (owner/name)',
    flag: `--infra ${suggestion ?? 'acme/infra'}`,
    ...optional('suggestion', suggestion),
  };
}

/** The first few of many. */
export function shownFiles(files: readonly string[]): string {
  return `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
}
