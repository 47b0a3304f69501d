import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clone } from './clone.ts';

type Edit = (clone: Clone) => Promise<void>;

/** Ways of making a version that a gate on reports must stop; undefined where nobody said how. */
export interface Flaws {
  /** Tests reach a little less than is asked for. */
  readonly untested?: Edit;
  /** A package with a vulnerability of weight, which could be mended. */
  readonly vulnerable?: Edit;
  /** Answers wrongly in one environment alone, where no test looks. */
  readonly wrongIn?: (environment: string) => Edit;
}

/** Of examples/signed: 163 of 204 lines are reached afterwards, which is 79.9 %. */
export const signedFlaws: Flaws = {
  wrongIn:
    (environment) =>
    async ({ folder }) => {
      const server = join(folder, 'src/server.js');
      const text = await readFile(server, 'utf8');
      const before = '    const [status, body] = answer(';
      if (!text.includes(before)) throw new Error(`expected "${before}" in ${server}`);
      const there = `request.headers.host?.includes('.${environment}.')`;
      const wrong = `${there} && request.url !== '/health' ? [200, { cents: 0 }] : answer(`;
      await writeFile(server, text.replace(before, before.replace('answer(', wrong)));
    },
  untested: async ({ folder }) => {
    const server = join(folder, 'src/server.js');
    const text = await readFile(server, 'utf8');
    await writeFile(server, `import './regions.js';\n${text}`);
    const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
    const lines = [
      'export const regions = {',
      ...numbers(123).map((one) => `  r${one}: ${one},`),
      '};',
      'export function describe(region) {',
      ...numbers(40).map((one) => `  if (region === 'r${one}') return 'region ${one}';`),
      '}',
    ];
    await writeFile(join(folder, 'src/regions.js'), `${lines.join('\n')}\n`);
  },
  vulnerable: async ({ folder }) => {
    const change = async (name: string, edit: (json: Record<string, unknown>) => void): Promise<void> => {
      const json = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
      edit(json);
      await writeFile(join(folder, name), `${JSON.stringify(json, undefined, 2)}\n`);
    };
    const dependencies = { lodash: '4.17.20' };
    await change('package.json', (json) => Object.assign(json, { dependencies }));
    await change('package-lock.json', (json) => {
      const packages = json['packages'] as Record<string, object>;
      packages[''] = { ...packages[''], dependencies };
      packages['node_modules/lodash'] = { version: '4.17.20' };
    });
  },
};
