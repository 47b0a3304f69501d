import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TrunklineError } from '../../../errors.ts';
import { formatCommand } from '../../../github/workflow-commands.ts';
import type { Ports } from '../../../ports.ts';
import type { PredicateName } from '../../../sigstore/statement.ts';

type Json = Readonly<Record<string, unknown>>;

/** What each must be, so that nothing cut off or of another kind is signed; undefined where it is, else what was expected. */
const faults: Partial<Record<PredicateName, (value: Json) => string | undefined>> = {
  // The statement's type names the version.
  spdx: ({ spdxVersion, packages }) =>
    spdxVersion === 'SPDX-2.3' && Array.isArray(packages) ? undefined : 'SPDX 2.3 with its packages',
  cyclonedx: ({ bomFormat, components = [] }) =>
    bomFormat === 'CycloneDX' && Array.isArray(components) ? undefined : 'CycloneDX with its components',
  vulnerabilities: (value) => ('scanner' in value ? undefined : 'a scan with its "scanner"'),
  'test-result': (value) => ('result' in value ? undefined : 'test results with their "result"'),
};

/** A statement that another tool wrote, as it is. @throws NOT_FOUND, INPUT_INVALID */
export async function readPredicate(ports: Ports, file: string, type: PredicateName): Promise<unknown> {
  if (type === 'provenance')
    throw new TrunklineError('INPUT_INVALID', 'expected no --predicate for provenance, found one', {
      hint: 'provenance says what the job’s token says; leave --predicate out',
    });
  const text = await readFile(resolve(ports.cwd, file), 'utf8').catch(() => undefined);
  if (text === undefined) throw new TrunklineError('NOT_FOUND', `expected a predicate in ${file}, found no such file`);
  const value = parse(text);
  const fault = value === undefined ? `JSON of type ${type}` : faults[type]?.(value);
  if (value === undefined || fault !== undefined)
    throw new TrunklineError('INPUT_INVALID', `expected ${fault ?? 'JSON'}, found something else`, {
      location: { file },
      ...(type === 'spdx' ? { hint: 'trunkline ci sbom, or: syft scan IMAGE -o spdx-json' } : {}),
    });
  if (listsNothing(type, value)) warn(ports, `${file} lists no package: was the right folder or image looked at?`);
  return value;
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Beside the folder, file or image that was looked at itself. Some images really hold none: that is said, and no fault. */
function listsNothing(type: PredicateName, { packages, components }: Json): boolean {
  const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
  if (type === 'spdx')
    return list(packages).every((one) => ['FILE', 'CONTAINER'].includes(`${one['primaryPackagePurpose']}`));
  return type === 'cyclonedx' && list(components).every((one) => one['type'] === 'file');
}

function warn({ env, stdout, stderr }: Ports, text: string): void {
  if (env['GITHUB_ACTIONS'] === 'true') stdout.write(`${formatCommand('warning', text, { title: 'SBOM' })}\n`);
  else stderr.write(`${text}\n`);
}
