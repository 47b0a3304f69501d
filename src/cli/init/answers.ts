import { file, name, repository, team } from '../../config/scalars.ts';
import type { InitAnswers } from '../../delivery/init/init-answers.ts';
import { TrunklineError } from '../../errors.ts';

interface Shape {
  safeParse(text: string): { success: boolean; error?: { issues: readonly { message: string }[] } | undefined };
}

/** `acme/app`, `acme/app=orders,catalog` @throws INPUT_INVALID */
export function readAccept(texts: readonly string[]): NonNullable<InitAnswers['accept']> {
  return texts.map((text) => {
    const [first = '', services = ''] = halves(text);
    return {
      repository: checked(repository, first, '--accept'),
      services: list(services).map((one) => checked(name, one, '--accept')),
    };
  });
}

/** `api-team`, `orders=orders-team,catalog=catalog-team` @throws INPUT_INVALID */
export function readTeams(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.flatMap(list).map((text) => {
      const [first = '', slug] = halves(text);
      return slug === undefined
        ? (['*', checked(team, first, '--team')] as const)
        : ([checked(name, first, '--team'), checked(team, slug, '--team')] as const);
    }),
  );
}

/** `dev,staging,prod` @throws INPUT_INVALID */
export function readEnvironments(text: string): readonly string[] {
  const names = list(text).map((one) => checked(name, one, '--environments'));
  if (names.length > 0 && new Set(names).size === names.length) return names;
  throw new TrunklineError('INPUT_INVALID', `expected --environments with different names, found "${text}"`);
}

/** `api=services/api` @throws INPUT_INVALID */
export function readServices(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const [first = '', folder = ''] = halves(text);
      return [checked(name, first, '--service'), folder === '.' ? '.' : checked(file, folder, '--service')];
    }),
  );
}

/** @throws INPUT_INVALID */
export function checkRepository(text: string): string {
  return checked(repository, text, 'the repository');
}

function checked(shape: Shape, text: string, flag: string): string {
  const { success, error } = shape.safeParse(text);
  if (success) return text;
  throw new TrunklineError('INPUT_INVALID', `${flag}: ${error?.issues[0]?.message ?? ''}, found "${text}"`);
}

function halves(text: string): [string, string?] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
