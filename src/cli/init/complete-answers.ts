import type { InitAnswers, InitKind, InitQuestion } from '../../delivery/init/init-answers.ts';
import type { InitPlan } from '../../delivery/init/plan-init.ts';
import { TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import { checkRepository, readAccept, readEnvironments, readTeams } from './answers.ts';

type Step = { readonly ask: readonly InitQuestion[] } | { readonly plan: InitPlan };

/** Asks at the terminal until there is a plan. @throws INPUT_INVALID that lists every flag that is wanted, without one */
export async function completeAnswers(
  ports: Pick<Ports, 'ask' | 'stderr'>,
  given: InitAnswers,
  planWith: (answers: InitAnswers) => Step,
): Promise<{ readonly plan: InitPlan }> {
  let answers = given;
  for (;;) {
    const step = planWith(answers);
    if ('plan' in step) return step;
    if (ports.ask === undefined) throw unanswered(step.ask);
    for (const question of step.ask) answers = { ...answers, ...(await answer(ports, ports.ask, question)) };
  }
}

function unanswered(questions: readonly InitQuestion[]): TrunklineError {
  const lines = questions.map(({ flag, text }) => `  ${flag}\n      ${text}`);
  return new TrunklineError(
    'INPUT_INVALID',
    `expected an answer to what cannot be seen in the repository, found none:\n${lines.join('\n')}`,
    { hint: 'give the flags above, or run it at a terminal, where it asks' },
  );
}

/** Asks again until the answer can be used. */
async function answer(
  ports: Pick<Ports, 'stderr'>,
  ask: NonNullable<Ports['ask']>,
  question: InitQuestion,
): Promise<Partial<InitAnswers>> {
  for (;;) {
    const shown = question.suggestion === undefined || question.suggestion === '' ? '' : ` [${question.suggestion}]`;
    const line = (await ask(`${question.text}${shown} `)).trim();
    try {
      return read(question.key, line === '' ? (question.suggestion ?? '') : line);
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      ports.stderr.write(`${error.message}\n`);
    }
  }
}

function read(key: InitQuestion['key'], text: string): Partial<InitAnswers> {
  switch (key) {
    case 'kind':
      return { kind: kindOf(text) };
    case 'infra':
      return { infra: checkRepository(text) };
    case 'repository':
      return { repository: checkRepository(text) };
    case 'accept':
      return { accept: readAccept(text.split(/\s+/)) };
    case 'teams':
      return { teams: teamsOf(text) };
    case 'environments':
      return { environments: readEnvironments(text) };
    case 'deploy':
      return { deploy: text };
    case 'split':
      return { split: yes(text) };
  }
}

function kindOf(text: string): InitKind {
  if (text === 'services' || text === 'environments' || text === 'both') return text;
  throw new TrunklineError('INPUT_INVALID', `expected services, environments or both, found "${text}"`);
}

function teamsOf(text: string): ReadonlyMap<string, string> {
  const teams = readTeams([text]);
  if (teams.size > 0) return teams;
  throw new TrunklineError('INPUT_INVALID', 'expected the slug of a team, found none');
}

function yes(text: string): boolean {
  if (/^(?:y|yes)$/i.test(text)) return true;
  if (/^(?:n|no)$/i.test(text)) return false;
  throw new TrunklineError('INPUT_INVALID', `expected yes or no, found "${text}"`);
}
