import type { Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { type Condition, checkCondition } from './check-condition.ts';
import { checkContainer, checkServices } from './check-containers.ts';
import { checkSteps } from './check-steps.ts';
import { checkStrategy } from './check-strategy.ts';
import { Identifiers } from './identifiers.ts';
import { invalid } from './problem.ts';

/** What GitHub checks of jobs beyond the schema (actions/runner, WorkflowTemplateConverter.cs), in the file's order. */
export function checkJobs(jobs: Template | undefined): readonly Problem[] {
  if (jobs?.kind !== 'mapping') return [];
  const problems = jobs.entries.flatMap(({ key, value }) => {
    const id = key === 'insert' ? undefined : literalText(key);
    const wrong = id === undefined || key === 'insert' ? undefined : new Identifiers().add(id);
    return [...(wrong === undefined || key === 'insert' ? [] : [invalid(key.at, wrong)]), ...checkJob(value)];
  });
  return problems.length > 0 ? problems : checkNeeds(jobs);
}

const jobCondition: Condition = {
  contexts: ['github', 'vars', 'inputs', 'needs'],
  functions: { always: [0, 0], cancelled: [0, 0], failure: [0, 255], success: [0, 255] },
};

function checkJob(job: Template): readonly Problem[] {
  if (job.kind !== 'mapping') return [];
  return job.entries.flatMap(({ key, value }) => {
    switch (key === 'insert' ? undefined : literalText(key)) {
      case 'if':
        return checkCondition(value, jobCondition);
      case 'runs-on':
        return checkRunsOn(value);
      case 'concurrency':
        return checkConcurrency(value);
      case 'container':
        return checkContainer(value);
      case 'services':
        return checkServices(value);
      case 'snapshot':
        return checkSnapshot(value);
      case 'strategy':
        return checkStrategy(value);
      case 'uses':
        return checkReference(value);
      case 'steps':
        return checkSteps(value);
      default:
        return [];
    }
  });
}

/** A called workflow: of the same repository, or of another one at a ref. */
function checkReference(uses: Template): readonly Problem[] {
  const text = literalText(uses) ?? '';
  const refuse = (why: string): readonly Problem[] => [invalid(uses.at, `invalid value workflow reference: ${why}`)];
  if (text.startsWith('./')) {
    return text.includes('@') ? refuse('cannot specify version when calling local workflows') : [];
  }
  if (!/^[^/@]+\/[^/@]+\/[^@]/.test(text)) {
    return refuse(`references to workflows must be prefixed with format 'owner/repository/' or './' but was '${text}'`);
  }
  return /@./.test(text) ? [] : refuse('no version specified');
}

function checkRunsOn(value: Template): readonly Problem[] {
  const group = entryOf(value, 'group');
  const name = literalText(group);
  if (group === undefined || name === undefined) return [];
  const [prefix = '', runners, ...more] = name.split('/');
  if (runners === undefined) return [];
  if (runners === '' && more.length === 0) return [invalid(group.at, `Invalid runs-on group name '${name}'.`)];
  if (more.length === 0 && ['org', 'organization', 'ent', 'enterprise'].includes(prefix)) return [];
  const hint = "Please use 'organization/' or 'enterprise/' prefix to target a single runner group.";
  return [invalid(group.at, `Invalid runs-on group name '${name}'. ${hint}`)];
}

/** A group's name is known here where it is no expression. */
export function checkConcurrency(value: Template | undefined): readonly Problem[] {
  const group = literalText(value?.kind === 'mapping' ? entryOf(value, 'group') : value) ?? '';
  if (value === undefined) return [];
  if (group.length > 400) return [invalid(value.at, 'Concurrency group name must be less than 400 characters')];
  const cancels = entryOf(value, 'cancel-in-progress');
  if (literalText(entryOf(value, 'queue')) !== 'max' || literalText(cancels) !== 'true') return [];
  // docs.github.com says that it is refused, not in which words.
  return [invalid(cancels?.at ?? value.at, "'queue: max' cannot be combined with 'cancel-in-progress: true'")];
}

function checkSnapshot(value: Template): readonly Problem[] {
  const version = literalText(entryOf(value, 'version'));
  if (version === undefined || /^[0-9]+\.\*$/.test(version)) return [];
  return [invalid(value.at, `Expected format '{major-version}.*' Actual '${version}'`)];
}

/** No cycle, no need of a job that is not there; ids are compared without case. */
function checkNeeds(jobs: Template & { readonly kind: 'mapping' }): readonly Problem[] {
  const nodes = jobs.entries.map(({ key, value }) => ({
    name: key === 'insert' ? '' : (literalText(key) ?? ''),
    needs: needsOf(entryOf(value, 'needs')),
  }));
  if (nodes.every(({ needs }) => needs.length > 0)) {
    return [invalid(jobs.at, 'The workflow must contain at least one job with no dependencies.')];
  }
  const names = new Set(nodes.map(({ name }) => name.toLowerCase()));
  const done = new Set<string>();
  let open = nodes;
  for (let before = -1; before !== done.size; ) {
    before = done.size;
    for (const { name, needs } of open) {
      if (needs.every((need) => done.has(need.name.toLowerCase()))) done.add(name.toLowerCase());
    }
    open = open.filter(({ name }) => !done.has(name.toLowerCase()));
  }
  return open.flatMap(({ name, needs }) =>
    needs
      .filter((need) => !done.has(need.name.toLowerCase()))
      .map((need) =>
        invalid(
          need.at,
          names.has(need.name.toLowerCase())
            ? `Job '${name}' depends on job '${need.name}' which creates a cycle in the dependency graph.`
            : `Job '${name}' depends on unknown job '${need.name}'.`,
        ),
      ),
  );
}

function needsOf(needs: Template | undefined): readonly { readonly name: string; readonly at: Template['at'] }[] {
  if (needs === undefined) return [];
  const items = needs.kind === 'sequence' ? needs.items : [needs];
  return items.flatMap((item) => {
    const name = literalText(item);
    return name === undefined || name === '' ? [] : [{ name, at: item.at }];
  });
}
