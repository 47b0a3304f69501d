import type { Problem } from '../errors.ts';
import { entryOf, hasExpression, literalText, type Template } from '../expression/template.ts';
import { literalEntries } from './fields.ts';
import { invalid } from './problem.ts';

/** An empty `container:` is none; `docker://` alone is a mistake. */
export function checkContainer(container: Template): readonly Problem[] {
  return hasExpression(container) ? [] : checkImage(container, false);
}

export function checkServices(services: Template): readonly Problem[] {
  if (hasExpression(services)) return [];
  return literalEntries(services).flatMap(([, service]) => checkImage(service, true));
}

function checkImage(container: Template, service: boolean): readonly Problem[] {
  const image = literalText(container.kind === 'mapping' ? entryOf(container, 'image') : container);
  const empty = image === undefined || image === 'docker://' || (service && image === '');
  return empty ? [invalid(container.at, 'Container image cannot be empty')] : [];
}
