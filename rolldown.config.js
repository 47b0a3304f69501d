import { defineConfig } from 'rolldown';

/** Lists the packages that went into the bundle, for their notices. */
const listPackages = {
  name: 'list-packages',
  generateBundle(_options, bundle) {
    const names = new Set(
      Object.values(bundle)
        .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
        .map((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1])
        .filter((name) => name !== undefined),
    );
    names.add('@octokit/graphql-schema');
    this.emitFile({ type: 'asset', fileName: 'bundled-packages.json', source: JSON.stringify([...names].sort()) });
  },
};

/** What Node compiles here is CommonJS, in a package whose own sources are modules. */
const markCommonJs = {
  name: 'mark-common-js',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
  },
};

const shared = {
  platform: 'node',
  resolve: { conditionNames: ['node', 'import'] },
  // All that is needed is in the bundle: what is left out would be missed only where it is used.
  onLog: (level, log, handle) => handle(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
};
const output = {
  dir: 'dist',
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
};

export default defineConfig([
  {
    ...shared,
    input: {
      main: 'src/cli/main.ts',
      index: 'src/index.ts',
      'github-script': 'src/runner/actions/github-script/main.ts',
    },
    plugins: [listPackages, markCommonJs],
    output: { ...output, cleanDir: true },
  },
  { ...shared, input: { trunkline: 'src/cli/start.ts' }, output },
]);
