import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Inlined packages name sources that they do not ship.
  logLevel: 'error',
  test: {
    // @actions/workflow-parser imports JSON without an import attribute, which Node refuses; Vite's loader takes it.
    server: { deps: { inline: [/@actions\//] } },
    // Vitest leaves a core to itself, and of two that is half: most of these tests wait for processes.
    maxWorkers: Math.max(2, Math.ceil(availableParallelism() / 2)),
    projects: [
      {
        extends: true,
        test: {
          name: 'test',
          // One process runs many files with the modules that it has: a module keeps no state but by the folder or the
          // object that it is given, and reading GitHub's descriptions anew for each file took a third of the time.
          isolate: false,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['src/**/*.soak.ts', 'test/**/*.soak.ts'],
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
