import { literalText, type Template } from '../expression/template.ts';
import { type Access, accessTo, allPermissions, type Permissions } from '../model/job-permissions.ts';
import { literalEntries } from './fields.ts';

/** `permissions:`: `read-all`, `write-all`, `{}`, or access by scope. */
export function readPermissions(template: Template | undefined): Permissions | undefined {
  if (template === undefined) return undefined;
  const all = /^(read|write)-all$/.exec(literalText(template) ?? '')?.[1];
  if (all === 'read' || all === 'write') return allPermissions(all);
  return Object.fromEntries(
    literalEntries(template).map(([scope, value]) => [scope, accessOf(scope, literalText(value))]),
  );
}

function accessOf(scope: string, text: string | undefined): Access {
  return accessTo(scope, text === 'write' || text === 'read' ? text : 'none');
}
