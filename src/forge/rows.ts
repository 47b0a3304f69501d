/** What the forge remembers: plain values, one type a collection, every time in ISO 8601, every id unique in its collection. */
export type * from './rows/check.ts';
export type * from './rows/deployment.ts';
export type * from './rows/git.ts';
export type * from './rows/hook.ts';
export type * from './rows/identity.ts';
export type * from './rows/issue.ts';
export type * from './rows/pull.ts';
export type * from './rows/release.ts';
export type * from './rows/repository.ts';
export type * from './rows/ruleset.ts';
export type * from './rows/run.ts';
export type * from './rows/settings.ts';
