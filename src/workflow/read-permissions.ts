import { literalText, type Template } from '../expression/template.ts';
import { literalEntries } from './fields.ts';
import type { Access, Permissions } from './model.ts';
import { allPermissions } from './permissions.ts';

/** Scopes that can only be read: writing them means reading. */
const readOnly = new Set(['models', 'vulnerability-alerts']);

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
  if (text === 'write') return readOnly.has(scope) ? 'read' : 'write';
  return text === 'read' ? 'read' : 'none';
}
