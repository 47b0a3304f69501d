import type { Problem } from '../errors.ts';
import { checkServiceNames } from './check-names.ts';
import { checkNotify } from './check-notify.ts';
import { checkRegistry } from './check-registry.ts';
import type { Locate } from './read-document.ts';
import type { Attestable } from './services.ts';
import type { ServicesDocument } from './services-schema.ts';
import { suggest } from './suggest.ts';

/** What no single value shows: names that nobody described, names twice, and keys that go together. */
export function checkServices(document: ServicesDocument, locate: Locate): readonly Problem[] {
  const { risks, services, containers, defaults, registry } = document;
  const problems: Problem[] = [];
  const fault = (message: string, path: readonly PropertyKey[], hint?: string): void => {
    problems.push({ code: 'CONFIG_INVALID', message, location: locate(path), ...(hint === undefined ? {} : { hint }) });
  };
  const known = Object.keys(risks);
  const units = new Map<string, string>();
  for (const [name, { risk, targets }] of Object.entries(services)) {
    if (risk !== undefined && !known.includes(risk)) {
      const near = suggest(risk, known);
      fault(
        `expected one of the risks (${known.join(', ') || 'none is described'}), found "${risk}"`,
        ['services', name, 'risk'],
        near === undefined ? `describe it: risks: { ${risk}: { coverage: 80 } }` : `did you mean "${near}"?`,
      );
    }
    for (const unit of targets === undefined ? [name] : targets.map((target) => `${name}-${target}`)) {
      const other = units.get(unit);
      if (other !== undefined)
        fault(`services.${name}: expected names of its own, found that ${other} is released as "${unit}" too`, [
          'services',
          name,
        ]);
      units.set(unit, name);
    }
  }
  for (const [name, { uses }] of [['', defaults] as const, ...Object.entries(services)]) {
    const path = name === '' ? ['defaults'] : ['services', name];
    for (const [index, one] of (uses ?? []).entries()) {
      if (Object.hasOwn(containers, one) || /[:@]/.test(one)) continue;
      const near = suggest(one, Object.keys(containers));
      fault(
        `${path.join('.')}.uses.${index}: expected an image with its tag, or a name of containers, found "${one}"`,
        [...path, 'uses', index],
        near === undefined
          ? `for example ${one}:1, or containers: { ${one}: { image: … } }`
          : `did you mean "${near}"?`,
      );
    }
  }
  for (const [name, said] of [['', defaults] as const, ...Object.entries(services)]) {
    const path = name === '' ? ['defaults'] : ['services', name];
    const has = (one: Attestable): boolean => said.attest?.includes(one) === true;
    const lacks = (one: Attestable, without: string, hint: string): void =>
      fault(`${path.join('.')}.attest: expected ${without} for ${one}, found none`, [...path, 'attest'], hint);
    if (has('classic') && !has('signature')) lacks('classic', 'signature', 'attest: [signature, classic]');
    if (has('vulnerabilities') && defaults.scan === undefined)
      lacks('vulnerabilities', 'scan', 'defaults: { scan: { fail: high } }');
    const commands = { ...defaults.commands, ...said.commands };
    if (has('test-result') && (commands.unit === undefined || (said.results ?? defaults.results) === undefined))
      lacks('test-result', 'unit tests that write results', 'commands: { unit: … }, results: junit.xml');
  }
  if (registry !== undefined) {
    problems.push(...checkRegistry(registry, ['registry'], locate));
    if (registry.oci !== undefined && document.prune !== undefined)
      fault('prune: expected images at ghcr.io or ECR, found another registry, which lists no more than its tags', [
        'prune',
      ]);
  }
  problems.push(
    ...checkNotify(
      document.notify,
      Object.values(services).flatMap(({ owner }) => owner ?? []),
      locate,
    ),
  );
  problems.push(...checkServiceNames(document, locate));
  return problems;
}
