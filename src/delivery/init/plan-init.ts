import { configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { TrunklineError } from '../../errors.ts';
import { describeInfra } from './describe-infra.ts';
import { type FoundEnvironments, findEnvironments } from './find-environments.ts';
import { findRegistry } from './find-registry.ts';
import { type FoundService, findServices, serviceAt } from './find-services.ts';
import type { InitAnswers, InitKind, InitQuestion } from './init-answers.ts';
import { environmentQuestions, infraQuestion, kindQuestion } from './init-questions.ts';
import { ownRepository, startOf } from './init-start.ts';
import { optional } from './optional.ts';
import { renderServices } from './render-services.ts';
import type { RepositoryFiles } from './repository-files.ts';

export interface InitPlan {
  /** New files; none of them is in the repository. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What was seen, and what was left out and why. */
  readonly notes: readonly string[];
  /** Commands that come next. */
  readonly next: readonly string[];
}

/**
 * trunkline.yaml for a repository, from what is in it and what it cannot say. Answers what is still to be asked, or the
 * plan. @throws INPUT_INVALID where nothing can be described, or a file is there already
 */
export function planInit(
  files: RepositoryFiles,
  answers: InitAnswers,
): { readonly ask: readonly InitQuestion[] } | { readonly plan: InitPlan } {
  if (files.paths.includes(configPath))
    throw new TrunklineError('INPUT_INVALID', `expected no ${configPath} yet, found one; init never overwrites`, {
      location: { file: configPath },
      hint: '`trunkline init --dry-run` in a copy without it shows what would be written; `trunkline doctor` says what is weak in it',
    });
  const found = findServices(files);
  const named = [...(answers.services ?? [])].map(([name, path]) => serviceAt(files, name, path));
  const services = [...found.services.filter((one) => !named.some((other) => other.path === one.path)), ...named];
  const environments = findEnvironments(files);
  const kind = answers.kind ?? kindOf(services, environments);
  if (kind === undefined) return { ask: [kindQuestion(found.without)] };
  const isApp = kind !== 'environments';
  const isInfra = kind !== 'services';
  if (isApp && services.length === 0) throw nothingToBuild(found.without);
  const start = isInfra ? startOf(environments, answers, isApp ? services : []) : undefined;
  const ask = [
    ...(isApp && answers.infra === undefined && (!isInfra || answers.repository === undefined)
      ? [infraQuestion(answers.repository)]
      : []),
    ...(start === undefined ? [] : environmentQuestions(files, answers, start, isApp)),
  ];
  if (ask.length > 0) return { ask };

  const draft = isApp
    ? renderServices({
        infra: isInfra ? ownRepository(answers) : (answers.infra ?? ''),
        services,
        ...optional('registry', findRegistry(files)),
      })
    : undefined;
  const infra = start === undefined ? undefined : describeInfra(files, answers, start, isApp);
  const documents = [draft, infra?.text].filter((text) => text !== undefined);
  const text = documents.join('---\n');
  parseConfig(configPath, text);
  const made = [{ path: configPath, text }, ...(infra?.files ?? [])];
  const there = made.find(({ path }) => files.paths.includes(path));
  if (there !== undefined)
    throw new TrunklineError('INPUT_INVALID', `expected no ${there.path} yet, found one; init never overwrites`);
  return {
    plan: {
      files: made,
      notes: [
        ...found.without
          .filter(({ path }) => !named.some((one) => one.path === path))
          .map(
            ({ path, file }) =>
              `${path === '.' ? file : `${path}/${file}`} has no Dockerfile beside it, so it is no service; --service NAME=${path} takes it in`,
          ),
        ...services.flatMap(({ name, path, stages }) =>
          stages.length < 2
            ? []
            : [
                `${name}: its Dockerfile has the stages ${stages.join(', ')}, and the last stage is what is built; services: { ${name}: { path: ${path}, targets: [${stages.join(', ')}] } } makes an image of each`,
              ],
        ),
        ...(start?.notes ?? []),
        ...(infra?.notes ?? []),
      ],
      next: [
        `git add ${made.map((one) => one.path).join(' ')} && git commit -m "Describe the delivery"`,
        ...(isInfra ? ['trunkline status'] : []),
        'trunkline generate',
        isApp && isInfra
          ? 'trunkline lab rehearse --app . --infra .'
          : `trunkline lab rehearse --app ${isApp ? '.' : beside(answers.accept?.[0]?.repository)} --infra ${isInfra ? '.' : beside(answers.infra)}`,
        'trunkline settings plan',
      ],
    },
  };
}

function kindOf(services: readonly FoundService[], found: FoundEnvironments | undefined): InitKind | undefined {
  if (found === undefined) return services.length === 0 ? undefined : 'services';
  return services.length === 0 ? 'environments' : 'both';
}

function nothingToBuild(without: readonly { readonly path: string }[]): TrunklineError {
  const [first] = without;
  return new TrunklineError('INPUT_INVALID', 'expected a Dockerfile for each service, found none', {
    hint:
      first === undefined
        ? 'add one, or name the service: --service api=.'
        : `add one, or name the service: --service api=${first.path}`,
  });
}

/** Where a clone of it usually lies. */
function beside(repository = ''): string {
  return `../${repository.split('/').at(-1)}`;
}
