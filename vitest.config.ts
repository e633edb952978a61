import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { product } from './apps/playground/build/product.ts'

// Tests run straight from the sources of every package: nothing has to be built first.
const conditions = ['@nuncio/source', 'node', 'import', 'default']
const report = process.env['NUNCIO_TEST_REPORT']

export default defineConfig({
  plugins: [product()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A shared machine may be slow; a test that hangs still ends.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Left to itself it keeps a core free; ours would idle, for many tests wait for processes they started.
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages/*,apps/playground}/src/**/*.test.ts', 'tooling/**/*.test.{ts,mjs}'],
        },
      },
      {
        extends: true,
        test: {
          name: 'proxy',
          include: ['apps/proxy/src/**/*.test.ts', 'examples/**/*.test.ts'],
          pool: 'forks',
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**', 'apps/proxy/src/**'],
      exclude: ['**/generated/**', '**/*.test.ts', '**/*.bench.ts', '**/*.fuzz.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
