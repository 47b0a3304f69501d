import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import type { TemplateSchema } from '@actions/workflow-parser/templates/schema/index';
import { MappingDefinition } from '@actions/workflow-parser/templates/schema/mapping-definition';
import { OneOfDefinition } from '@actions/workflow-parser/templates/schema/one-of-definition';
import { PropertyDefinition } from '@actions/workflow-parser/templates/schema/property-definition';
import { StringDefinition } from '@actions/workflow-parser/templates/schema/string-definition';
import { StringToken } from '@actions/workflow-parser/templates/tokens/index';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';

const nullable = 'null-or-workflow-dispatch-input';
const nullableInputs = 'null-or-workflow-dispatch-inputs';

/**
 * GitHub's schema of workflow files, with what the server takes and the package's schema, made for editors, does not:
 * keys of `workflow_dispatch` that nobody knows, its inputs without anything below them, and `repository_dispatch` as a
 * name alone (the package mistakes it for `branch_protection_rule`).
 */
export function workflowSchema(): TemplateSchema {
  const schema = getWorkflowSchema();
  if (nullable in schema.definitions) return schema;
  schema.definitions[nullable] = oneOf(nullable, 'null', 'workflow-dispatch-input');
  schema.definitions[nullableInputs] = oneOf(nullableInputs, 'null', 'workflow-dispatch-inputs');
  const {
    'workflow-dispatch-mapping': event,
    'workflow-dispatch-inputs': inputs,
    'repository-dispatch-string': repositoryDispatch,
  } = schema.definitions;
  if (repositoryDispatch instanceof StringDefinition) repositoryDispatch.constant = 'repository_dispatch';
  if (event instanceof MappingDefinition) {
    event.properties['inputs'] = new PropertyDefinition(
      new StringToken(undefined, undefined, nullableInputs, undefined),
    );
    event.looseKeyType = 'non-empty-string';
    event.looseValueType = 'any';
  }
  if (inputs instanceof MappingDefinition) inputs.looseValueType = nullable;
  return schema;
}

/** GitHub's schema of action.yml files. */
export function actionSchema(): TemplateSchema {
  return getActionSchema();
}

function oneOf(key: string, ...types: readonly string[]): OneOfDefinition {
  const definition = new OneOfDefinition(key);
  definition.oneOf.push(...types);
  return definition;
}
