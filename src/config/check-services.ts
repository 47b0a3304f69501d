import type { Location, Problem } from '../errors.ts';
import type { ServicesDocument } from './schema.ts';
import { suggest } from './suggest.ts';

/** What no single value shows: a risk that is nowhere described. */
export function checkServices(
  { risks, services }: ServicesDocument,
  locate: (path: readonly string[]) => Location,
): readonly Problem[] {
  const known = Object.keys(risks);
  return Object.entries(services).flatMap(([name, { risk }]) => {
    if (risk === undefined || known.includes(risk)) return [];
    const near = suggest(risk, known);
    return [
      {
        code: 'CONFIG_INVALID' as const,
        message: `expected one of the risks (${known.join(', ') || 'none is described'}), found "${risk}"`,
        location: locate(['services', name, 'risk']),
        hint: near === undefined ? `describe it: risks: { ${risk}: { coverage: 80 } }` : `did you mean "${near}"?`,
      },
    ];
  });
}
