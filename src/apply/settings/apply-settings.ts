import { type Problem, TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import type { Clock } from '../../ports.ts';
import type { Difference } from '../../settings/difference.ts';
import type { SettingsPlan } from '../../settings/plan-settings.ts';
import type { Step } from '../../settings/step.ts';
import { canonical } from '../../settings/weakens.ts';
import type { Pace } from '../pace.ts';
import type { CutOff, Journal } from './journal.ts';

export interface SettingsContext {
  readonly github: GitHub;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly journal: Journal;
}

export interface SettingsApplied {
  readonly repository: string;
  /** What was sent, a line each. */
  readonly done: readonly string[];
  /** What GitHub did not take, and is not needed. */
  readonly refused: readonly string[];
  /** What was read again afterwards. */
  readonly after: SettingsPlan;
  /** An earlier apply that was cut off, which this one went on from. */
  readonly resumed: CutOff | undefined;
}

/**
 * Sets a repository right: one request at a time, in the plan's order, each in the journal before it is sent. Then it is
 * read again, and what still differs is an error. After a kill at any point the same command goes on with what is left.
 * @throws CONFLICT, GITHUB_REFUSED, PERMISSION_MISSING
 */
export async function applySettings(
  repository: string,
  plan: SettingsPlan,
  context: SettingsContext,
  readAgain: () => Promise<SettingsPlan>,
): Promise<SettingsApplied> {
  const { journal } = context;
  const resumed = journal.cutOff(repository);
  const line = (event: 'start' | 'send' | 'done' | 'refused' | 'end', more: object = {}): void =>
    journal.write({ at: new Date(context.clock.now()).toISOString(), repository, event, ...more });
  if (plan.steps.length > 0) line('start', { before: plan.differences.filter((one) => one.state === 'differs') });
  const done: string[] = [];
  const refused: string[] = [];
  for (const [index, step] of plan.steps.entries()) {
    const { title, method, path, body } = step;
    const where = { step: `${index + 1}/${plan.steps.length}`, title };
    line('send', { ...where, request: { method, path, ...(body === undefined ? {} : { body }) } });
    await context.pace(1);
    try {
      await send(context.github, repository, step);
    } catch (error) {
      if (error instanceof TrunklineError) line('refused', { ...where, because: error.message });
      if (step.optional !== true || statusOf(error) !== 422) throw error;
      refused.push(`${title}: GitHub does not take it here`);
      continue;
    }
    line('done', where);
    done.push(title);
  }
  const after = await readAgain();
  if (after.steps.some((one) => one.optional !== true)) throw stillDiffers(repository, after);
  if (plan.steps.length > 0 || resumed !== undefined) line('end');
  return { repository, done, refused, after, resumed };
}

async function send(github: GitHub, repository: string, { method, path, body }: Step): Promise<void> {
  const [owner, repo] = repository.split('/');
  await github.request(`${method} /repos/{owner}/{repo}${path}`, { owner, repo, ...body });
}

function stillDiffers(repository: string, { steps, differences }: SettingsPlan): TrunklineError {
  const fields = differences.filter((one) => one.state === 'differs').map(describe);
  return new TrunklineError(
    'CONFLICT',
    `expected ${repository} to be as wanted once it was set, found that it still differs: ${fields.join('; ')}`,
    { hint: `somebody else may have changed it meanwhile, or the plan of its owner lacks it (${steps[0]?.title})` },
  );
}

/**
 * What an apply that was cut off had begun: half of it done looks stricter than all of it, which is no reason to stop
 * there. What that apply found before it began was looser, or it would have been refused.
 */
function isContinued(one: Difference, cutOff: CutOff | undefined): boolean {
  const wanted = canonical(one.wanted);
  return (cutOff?.before ?? []).some((begun) => {
    if (begun.loosens || begun.area !== one.area || begun.subject !== one.subject) return false;
    if (begun.field === one.field) return canonical(begun.wanted) === wanted;
    // What was not there at all was to be made with this, among other things.
    const whole = begun.found === null && typeof begun.wanted === 'object' ? begun.wanted : null;
    return canonical((whole as Readonly<Record<string, unknown>> | null)?.[one.field]) === wanted;
  });
}

/** What keeps a plan from being applied, all of it at once. */
export function refusals(
  repository: string,
  plan: SettingsPlan,
  problems: readonly Problem[],
  loosen: boolean,
  cutOff: CutOff | undefined,
): readonly Problem[] {
  const loosening = plan.differences.filter((one) => one.loosens && !isContinued(one, cutOff));
  return [
    ...problems,
    ...(loosen
      ? []
      : loosening.map(
          (one): Problem => ({
            code: 'POLICY_REFUSED',
            message: `${repository}: ${describe(one)} would protect less than what is set now`,
            hint: 'say --loosen if that is meant',
          }),
        )),
    ...plan.blind.map(
      (name): Problem => ({
        code: 'PERMISSION_MISSING',
        message: `${repository}: ruleset "${name}" would be replaced, and who may pass it by cannot be read`,
        hint: 'the credential needs administration: write',
      }),
    ),
  ];
}

function describe({ area, subject, field }: Difference): string {
  return area === 'environment' || area === 'ruleset' ? `${area} "${subject}" ${field}` : field;
}
