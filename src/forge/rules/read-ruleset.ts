import { RE2JS } from 're2js';
import { z } from 'zod';
import { ApiError } from '../http.ts';
import { systemProperties } from '../repository-properties.ts';
import type { Ruleset } from '../rows.ts';
import { words } from '../words.ts';
import { judges } from './judges.ts';

const names = z.object({ include: z.array(z.string()).default([]), exclude: z.array(z.string()).default([]) });

const property = z
  .object({
    name: z.string().min(1),
    property_values: z.array(z.string()).min(1),
    source: z.enum(['custom', 'system']).optional(),
  })
  .refine(({ name, source }) => source !== 'system' || systemProperties[name] !== undefined, {
    error: 'the lab knows fork and visibility of a repository by itself, and no other',
  });

const patternParameters = z.object({
  operator: z.enum(['starts_with', 'ends_with', 'contains', 'regex']),
  pattern: z.string(),
  negate: z.boolean().optional(),
  name: z.string().optional(),
});

/** Parameters that a rule must have; rules that are not named take none. */
const parameters: Readonly<Record<string, z.ZodType>> = {
  update: z.object({ update_allows_fetch_and_merge: z.boolean() }).optional(),
  pull_request: z.object({
    required_approving_review_count: z.int().min(0).max(10),
    dismiss_stale_reviews_on_push: z.boolean(),
    require_code_owner_review: z.boolean(),
    require_last_push_approval: z.boolean(),
    required_review_thread_resolution: z.boolean(),
    allowed_merge_methods: z
      .array(z.enum(['merge', 'squash', 'rebase']))
      .min(1)
      .optional(),
    required_reviewers: z
      .array(
        z.object({
          file_patterns: z.array(z.string()),
          minimum_approvals: z.int(),
          reviewer: z.object({ id: z.int(), type: z.literal('Team') }),
        }),
      )
      .optional(),
    dismissal_restriction: z
      .object({
        enabled: z.boolean(),
        allowed_actors: z.array(z.object({ id: z.int(), type: z.string() })).optional(),
      })
      .optional(),
  }),
  required_status_checks: z.object({
    required_status_checks: z.array(
      z.object({
        context: z.string().min(1),
        integration_id: z
          .int()
          .nullish()
          .transform((id) => id ?? undefined),
      }),
    ),
    strict_required_status_checks_policy: z.boolean(),
    do_not_enforce_on_create: z.boolean().optional(),
  }),
  required_deployments: z.object({ required_deployment_environments: z.array(z.string()) }),
  workflows: z.object({
    do_not_enforce_on_create: z.boolean().optional(),
    workflows: z.array(
      z.object({
        path: z.string().min(1),
        repository_id: z.int(),
        ref: z.string().optional(),
        sha: z.string().optional(),
      }),
    ),
  }),
  commit_message_pattern: patternParameters,
  commit_author_email_pattern: patternParameters,
  committer_email_pattern: patternParameters,
  branch_name_pattern: patternParameters,
  tag_name_pattern: patternParameters,
  file_path_restriction: z.object({ restricted_file_paths: z.array(z.string()) }),
  file_extension_restriction: z.object({ restricted_file_extensions: z.array(z.string()) }),
  max_file_path_length: z.object({ max_file_path_length: z.int().min(1).max(32_767) }),
  max_file_size: z.object({ max_file_size: z.int().min(1).max(100) }),
};

/** Rules that a push ruleset may have, and no other. */
const pushRules = new Set([
  'file_path_restriction',
  'file_extension_restriction',
  'max_file_path_length',
  'max_file_size',
]);

const rule = z
  .object({ type: z.string(), parameters: z.record(z.string(), z.unknown()).optional() })
  .superRefine((value, context) => {
    if (judges[value.type] === undefined) {
      const message = value.type === 'merge_queue' ? words.mergeQueue() : words.unknownRule(value.type);
      context.addIssue({ code: 'custom', message });
      return;
    }
    const result = parameters[value.type]?.safeParse(value.parameters);
    if (result !== undefined && !result.success) {
      context.addIssue({
        code: 'custom',
        message: words.ruleParameters(value.type, describe(result.error)),
      });
    } else if (value.parameters?.['operator'] === 'regex' && !compiles(String(value.parameters['pattern']))) {
      context.addIssue({ code: 'custom', message: words.ruleParameters(value.type, 'pattern is no RE2') });
    }
  });

const wholeRuleset = z.object({
  name: z.string().min(1),
  target: z.enum(['branch', 'tag', 'push']).default('branch'),
  enforcement: z.enum(['active', 'evaluate', 'disabled']),
  bypass_actors: z
    .array(
      z.object({
        actor_id: z
          .int()
          .nullish()
          .transform((id) => id ?? null),
        actor_type: z.enum(['Integration', 'OrganizationAdmin', 'RepositoryRole', 'Team', 'DeployKey', 'User']),
        bypass_mode: z.enum(['always', 'pull_request', 'exempt']).default('always'),
      }),
    )
    .default([]),
  conditions: z
    .object({
      ref_name: names.optional(),
      repository_name: names.optional(),
      repository_id: z.object({ repository_ids: z.array(z.int()) }).optional(),
      repository_property: z
        .object({ include: z.array(property).default([]), exclude: z.array(property).default([]) })
        .optional(),
    })
    .nullish()
    .transform((value) => value ?? {}),
  rules: z.array(rule).default([]),
});

const ruleset = wholeRuleset.superRefine((value, context) => {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const push = value.target === 'push';
  for (const { type } of value.rules) {
    if (pushRules.has(type) !== push) refuse(words.ruleOfOtherTarget(type, value.target));
  }
  for (const { actor_type: type, bypass_mode: mode } of value.bypass_actors) {
    if (mode === 'pull_request' && (value.target !== 'branch' || type === 'DeployKey'))
      refuse('Bypass mode pull_request is only for branch rulesets, and not for deploy keys');
  }
});

export type RulesetFields = Pick<Ruleset, 'name' | 'target' | 'enforcement' | 'bypassActors' | 'conditions' | 'rules'>;

/**
 * Reads a ruleset as the API takes it. A rule that would not be judged is refused, never passed over.
 * @throws ApiError 422
 */
export function readRuleset(body: unknown): RulesetFields {
  const result = ruleset.safeParse(body);
  if (!result.success) throw new ApiError(422, 'Validation Failed', { errors: [describe(result.error)] });
  const { bypass_actors: bypassActors, ...fields } = withoutUndefined(result.data);
  return { ...fields, bypassActors };
}

/** What JSON would keep: rows have no fields that are undefined. */
function withoutUndefined(value: z.output<typeof ruleset>): RulesetFields & { bypass_actors: Ruleset['bypassActors'] } {
  return JSON.parse(JSON.stringify(value));
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; ');
}

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
