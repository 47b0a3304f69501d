import type { GitHub } from '../../github/client.ts';
import type { ActualRuleset } from '../../settings/actual.ts';
import { compareRulesets, findRuleset } from '../../settings/compare-rulesets.ts';
import type { Change, Difference } from '../../settings/difference.ts';
import type { BypassActor, Rule } from '../../settings/rule.ts';
import { known, type Seen, seen, unseen } from '../../settings/seen.ts';
import type { WantedRuleset } from '../../settings/wanted.ts';
import { canonical } from '../../settings/weakens.ts';
import { reading } from '../doctor/finding.ts';
import type { Surveyed } from './survey.ts';

/** So many changes of one ruleset are looked through. */
const deepest = 30;

interface Version {
  readonly version_id: number;
  readonly actor: { readonly id: number };
  readonly updated_at: string;
}

interface State {
  readonly enforcement: string;
  readonly conditions?: {
    readonly ref_name?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  };
  readonly rules?: readonly Rule[];
  readonly bypass_actors?: readonly BypassActor[];
}

/**
 * Who made each setting differ from what is wanted, and when: of rulesets, by their own history, which takes
 * `administration: write`. Of all else GitHub tells in the organisation's audit log alone.
 */
export async function whoChanged(github: GitHub, surveyed: Surveyed): Promise<Surveyed> {
  const { plan, wanted, actual } = surveyed;
  if (plan === undefined || wanted === undefined || actual === undefined) return surveyed;
  const logins = new Map<number, string>();
  const changes = new Map<Difference, Seen<Change>>();
  for (const one of wanted.rulesets) {
    const differing = plan.differences.filter(
      ({ area, subject, state }) => area === 'ruleset' && subject === one.name && state === 'differs',
    );
    const found = findRuleset(known(actual.rulesets) ?? [], one);
    if (differing.length === 0 || found === undefined) continue;
    for (const [difference, change] of await changesOf(github, actual.repository, {
      wanted: one,
      found,
      differing,
      logins,
    }))
      changes.set(difference, change);
  }
  const log = `the audit log of ${actual.owner.login} alone tells (repo:${actual.repository})`;
  const told = (one: Difference): Difference => {
    if (one.state !== 'differs' || one.area === 'codeowners') return one;
    const change = changes.get(one) ?? unseen(log);
    return { ...one, ...('value' in change ? { changed: change.value } : { changed: null, note: change.unknown }) };
  };
  return { ...surveyed, plan: { ...plan, differences: plan.differences.map(told) } };
}

async function changesOf(
  github: GitHub,
  repository: string,
  of: {
    readonly wanted: WantedRuleset;
    readonly found: ActualRuleset;
    readonly differing: readonly Difference[];
    readonly logins: Map<number, string>;
  },
): Promise<ReadonlyMap<Difference, Seen<Change>>> {
  const [owner = '', repo = ''] = repository.split('/');
  const path = 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}/history';
  const at = { owner, repo, ruleset_id: of.found.id };
  const read = await reading(
    async () => (await github.request(path, { ...at, per_page: 100 })).data as readonly Version[],
  );
  if ('missing' in read) return new Map(of.differing.map((one) => [one, unseen(read.missing)]));
  const open = new Map<Difference, Version | undefined>(of.differing.map((one) => [one, undefined]));
  const made = new Map<Difference, Version>();
  for (const version of read.value.slice(0, deepest)) {
    if (open.size === 0) break;
    const { version_id } = version;
    const state = await reading(
      async () => (await github.request(`${path}/{version_id}`, { ...at, version_id })).data as { state: unknown },
    );
    if ('missing' in state) break;
    const then = compareRulesets([of.wanted], { rulesets: seen([rulesetOf(of.found, state.value.state as State)]) });
    for (const [one, last] of open) {
      if (then.some((other) => isSame(one, other))) {
        open.set(one, version);
        continue;
      }
      // It was otherwise here: the change after it made it so.
      open.delete(one);
      if (last !== undefined) made.set(one, last);
    }
  }
  // So from its first version on: whoever made the ruleset.
  if (read.value.length <= deepest) for (const [one, last] of open) if (last !== undefined) made.set(one, last);
  const answers = new Map<Difference, Seen<Change>>();
  for (const one of of.differing) {
    const version = made.get(one);
    answers.set(
      one,
      version === undefined
        ? unseen(`its last ${deepest} changes do not tell`)
        : seen({ by: await loginOf(github, version.actor.id, of.logins), at: version.updated_at }),
    );
  }
  return answers;
}

function rulesetOf(found: ActualRuleset, { enforcement, conditions, rules = [], bypass_actors }: State): ActualRuleset {
  const { include = [], exclude = [] } = conditions?.ref_name ?? {};
  const bypass = (bypass_actors ?? []).map(({ actor_type, actor_id, bypass_mode }) => ({
    actor_type,
    actor_id,
    bypass_mode,
  }));
  return { ...found, enforcement, include, exclude, rules, bypass: seen(bypass), whole: true };
}

function isSame(one: Difference, other: Difference): boolean {
  return one.field === other.field && other.state === 'differs' && canonical(one.found) === canonical(other.found);
}

async function loginOf(github: GitHub, account_id: number, logins: Map<number, string>): Promise<string> {
  const before = logins.get(account_id);
  if (before !== undefined) return before;
  const read = await reading(
    async () => (await github.request('GET /user/{account_id}', { account_id })).data.login as string,
  );
  const login = 'value' in read ? read.value : `the account ${account_id}`;
  logins.set(account_id, login);
  return login;
}
