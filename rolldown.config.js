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

export default defineConfig({
  input: {
    trunkline: 'src/cli/main.ts',
    index: 'src/index.ts',
    'github-script': 'src/runner/actions/github-script/main.ts',
  },
  platform: 'node',
  resolve: { conditionNames: ['node', 'import'] },
  plugins: [listPackages],
  // All that is needed is in the bundle: what is left out would be missed only where it is used.
  onLog: (level, log, handle) => handle(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
