import type { Forge } from './forge.ts';
import { graphqlRoute } from './graphql/graphql-route.ts';
import type { ForgeApp } from './http.ts';
import type { RateLimiter } from './rate-limits/rate-limiter.ts';
import type { RequestCounts } from './request-counts.ts';
import { actionsPermissionsRoutes } from './routes/actions-permissions.ts';
import { appsRoutes } from './routes/apps.ts';
import { archiveRoutes } from './routes/archives.ts';
import { artifactsRoutes } from './routes/artifacts.ts';
import { branchMergesRoutes } from './routes/branch-merges.ts';
import { branchRenameRoutes } from './routes/branch-rename.ts';
import { branchesRoutes } from './routes/branches.ts';
import { cachesRoutes } from './routes/caches.ts';
import { checksRoutes } from './routes/checks.ts';
import { codeOwnersRoutes } from './routes/code-owners.ts';
import { commentsRoutes } from './routes/comments.ts';
import { commitsRoutes } from './routes/commits.ts';
import { compareRoutes } from './routes/compare.ts';
import { contentsRoutes } from './routes/contents.ts';
import { customPropertiesRoutes } from './routes/custom-properties.ts';
import { deployKeysRoutes } from './routes/deploy-keys.ts';
import { deploymentsRoutes } from './routes/deployments.ts';
import { dispatchesRoutes } from './routes/dispatches.ts';
import { environmentsRoutes } from './routes/environments.ts';
import { gitDataRoutes } from './routes/git-data.ts';
import { hooksRoutes } from './routes/hooks.ts';
import { issuesRoutes } from './routes/issues.ts';
import { jobsRoutes } from './routes/jobs.ts';
import { labelsRoutes } from './routes/labels.ts';
import { logsRoutes } from './routes/logs.ts';
import { metaRoutes } from './routes/meta.ts';
import { milestonesRoutes } from './routes/milestones.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { orgPeopleRoutes } from './routes/org-people.ts';
import { orgsRoutes } from './routes/orgs.ts';
import { personalTokensRoutes } from './routes/personal-tokens.ts';
import { protectionRulesRoutes } from './routes/protection-rules.ts';
import { pullsRoutes } from './routes/pulls.ts';
import { reactionsRoutes } from './routes/reactions.ts';
import { releaseAssetsRoutes } from './routes/release-assets.ts';
import { releasesRoutes } from './routes/releases.ts';
import { reposRoutes } from './routes/repos.ts';
import { reviewCommentsRoutes } from './routes/review-comments.ts';
import { reviewsRoutes } from './routes/reviews.ts';
import { ruleInsightsRoutes } from './routes/rule-insights.ts';
import { rulesetsRoutes } from './routes/rulesets.ts';
import { runsRoutes } from './routes/runs.ts';
import { searchRoutes } from './routes/search.ts';
import { secretsRoutes } from './routes/secrets.ts';
import { statusesRoutes } from './routes/statuses.ts';
import { tagsRoutes } from './routes/tags.ts';
import { teamsRoutes } from './routes/teams.ts';
import { topicsRoutes } from './routes/topics.ts';
import { usersRoutes } from './routes/users.ts';
import { variablesRoutes } from './routes/variables.ts';
import { workflowsRoutes } from './routes/workflows.ts';

/** In this order: where two patterns fit, the first counts (`commits/:ref/status` before `commits/:ref`). */
const routes: readonly ((app: ForgeApp, forge: Forge) => void)[] = [
  usersRoutes,
  orgsRoutes,
  orgPeopleRoutes,
  personalTokensRoutes,
  teamsRoutes,
  reposRoutes,
  appsRoutes,
  reactionsRoutes,
  reviewCommentsRoutes,
  pullsRoutes,
  reviewsRoutes,
  commentsRoutes,
  labelsRoutes,
  issuesRoutes,
  statusesRoutes,
  checksRoutes,
  searchRoutes,
  actionsPermissionsRoutes,
  artifactsRoutes,
  cachesRoutes,
  deploymentsRoutes,
  dispatchesRoutes,
  protectionRulesRoutes,
  environmentsRoutes,
  jobsRoutes,
  logsRoutes,
  oidcRoutes,
  runsRoutes,
  secretsRoutes,
  variablesRoutes,
  workflowsRoutes,
  branchRenameRoutes,
  branchesRoutes,
  tagsRoutes,
  archiveRoutes,
  commitsRoutes,
  compareRoutes,
  contentsRoutes,
  gitDataRoutes,
  customPropertiesRoutes,
  topicsRoutes,
  milestonesRoutes,
  deployKeysRoutes,
  releaseAssetsRoutes,
  releasesRoutes,
  hooksRoutes,
  ruleInsightsRoutes,
  rulesetsRoutes,
  codeOwnersRoutes,
  branchMergesRoutes,
];

/** Every REST route and GraphQL. */
export function mountRoutes(app: ForgeApp, forge: Forge, counts: RequestCounts, limits: RateLimiter): void {
  metaRoutes(app, forge, counts, limits);
  for (const mount of routes) mount(app, forge);
  graphqlRoute(app, forge, counts, limits);
}
