import type { Context } from 'hono';
import { optionalChoice } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import type { RuleSuite, RulesetVersion } from '../rows.ts';
import { pathNumber } from './at-repository.ts';
import { ownedRuleset, rulesetSource } from './rulesets.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

const hour = 60 * 60 * 1000;
const periods: Readonly<Record<string, number>> = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour };

/** What rules said to moves of refs (rule suites), and how rulesets were before. */
export function ruleInsightsRoutes(app: ForgeApp, forge: Forge): void {
  for (const base of ['/repos/:owner/:repo', '/orgs/:org']) {
    app.get(`${base}/rulesets/rule-suites`, (c) => {
      const suites = suitesOf(forge, c).filter(filterOf(forge, c)).toReversed();
      return c.json(paginate(c, suites).map((one) => presentSuite(forge, one)));
    });
    app.get(`${base}/rulesets/rule-suites/:suite`, (c) => {
      const suite = suitesOf(forge, c).find((one) => one.id === pathNumber(c, 'suite'));
      if (suite === undefined) throw new ApiError(404, 'Not Found');
      return c.json({
        ...presentSuite(forge, suite),
        evaluation_result: suite.evaluationResult,
        rule_evaluations: suite.evaluations.map((one) => presentEvaluation(forge, one)),
      });
    });
    app.get(`${base}/rulesets/:id/history`, (c) => {
      const versions = versionsOf(forge, c).toReversed();
      return c.json(paginate(c, versions).map(presentVersion));
    });
    app.get(`${base}/rulesets/:id/history/:version`, (c) => {
      const version = versionsOf(forge, c).find((one) => one.id === pathNumber(c, 'version'));
      if (version === undefined) throw new ApiError(404, 'Not Found');
      const { bypassActors, ...state } = version.state;
      return c.json({ ...presentVersion(version), state: { ...state, bypass_actors: bypassActors } });
    });
  }
}

function versionsOf(forge: Forge, c: RouteContext): readonly RulesetVersion[] {
  const ruleset = ownedRuleset(forge, rulesetSource(forge, c), pathNumber(c, 'id'));
  return forge.store.rulesetVersions.by('ruleset', ruleset.id);
}

function suitesOf(forge: Forge, c: RouteContext): readonly RuleSuite[] {
  const { sourceType, sourceId } = rulesetSource(forge, c);
  if (sourceType === 'Repository') return forge.store.ruleSuites.by('repository', sourceId);
  const name = c.req.query('repository_name');
  return forge.store.repositories
    .by('owner', sourceId)
    .filter((one) => name === undefined || one.name.toLowerCase() === name.toLowerCase())
    .flatMap((one) => forge.store.ruleSuites.by('repository', one.id))
    .sort((a, b) => a.id - b.id);
}

function filterOf(forge: Forge, c: RouteContext): (suite: RuleSuite) => boolean {
  const { ref, actor_name: actor } = c.req.query();
  const result = optionalChoice(c.req.query(), 'rule_suite_result', ['pass', 'fail', 'bypass', 'all']) ?? 'all';
  const since = forge.clock.now() - (periods[c.req.query('time_period') ?? 'day'] ?? 24 * hour);
  const names = ref === undefined ? undefined : [ref, `refs/heads/${ref}`, `refs/tags/${ref}`];
  return (suite) =>
    (names === undefined || names.includes(suite.ref)) &&
    (actor === undefined || loginOf(forge, suite).toLowerCase() === actor.toLowerCase()) &&
    (result === 'all' || suite.result === result) &&
    Date.parse(suite.at) >= since;
}

function loginOf(forge: Forge, suite: RuleSuite): string {
  return forge.store.accounts.get(suite.actorId ?? 0)?.login ?? '';
}

function presentSuite(forge: Forge, suite: RuleSuite) {
  const { id, ref, before, after, at, result, evaluationResult } = suite;
  return {
    id,
    actor_id: suite.actorId ?? 0,
    actor_name: loginOf(forge, suite),
    before_sha: before,
    after_sha: after,
    ref,
    repository_id: suite.repositoryId,
    repository_name: forge.store.repositories.get(suite.repositoryId)?.name ?? '',
    pushed_at: at,
    result,
    ...(evaluationResult === null ? {} : { evaluation_result: evaluationResult }),
  };
}

function presentEvaluation(forge: Forge, one: RuleSuite['evaluations'][number]) {
  const ruleset = forge.store.rulesets.get(one.rulesetId);
  return {
    rule_source: { type: 'ruleset', id: ruleset === undefined ? null : one.rulesetId, name: ruleset?.name ?? null },
    enforcement: ruleset === undefined ? ('deleted ruleset' as const) : one.enforcement,
    result: one.result,
    rule_type: one.rule,
    details: one.details,
  };
}

function presentVersion(version: RulesetVersion) {
  return { version_id: version.id, actor: { id: version.actorId, type: 'User' }, updated_at: version.at };
}
