import type { Subject } from '../actual.ts';

/** The repository whose jobs are trusted. */
export interface TrustedRepository {
  /** `owner/name` */
  readonly repository: string;
  readonly id: number;
  readonly owner: { readonly login: string; readonly id: number };
  /** As GitHub says how subjects begin here; undefined where that could not be read. */
  readonly subject?: Subject;
}

/**
 * `classic` goes by names, which another owner may take over one day; `immutable` by names and numbers. `current` is
 * whatever GitHub says that it writes now; `both` is for the time in which a repository goes from one to the other.
 */
export type SubjectForm = 'current' | 'classic' | 'immutable' | 'both';

/** Subjects of jobs in an environment (docs.github.com, "OpenID Connect reference"). */
export function subjectsOf(trusted: TrustedRepository, environment: string, form: SubjectForm): readonly string[] {
  const context = `environment:${environment.replaceAll(':', '%3A')}`;
  return prefixesOf(trusted, form).map((prefix) => `${prefix}:${context}`);
}

function prefixesOf({ repository, id, owner, subject }: TrustedRepository, form: SubjectForm): readonly string[] {
  const name = repository.slice(repository.indexOf('/') + 1);
  const classic = `repo:${repository}`;
  const immutable = `repo:${owner.login}@${owner.id}/${name}@${id}`;
  switch (form) {
    case 'classic':
      return [classic];
    case 'immutable':
      return [immutable];
    case 'current':
      return subject === undefined ? [classic, immutable] : [subject.prefix];
    case 'both':
      return [...new Set([...(subject === undefined ? [] : [subject.prefix]), classic, immutable])];
  }
}
