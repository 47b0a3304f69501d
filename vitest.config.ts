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
