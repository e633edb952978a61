import { defineConfig } from 'vitest/config'

// Tests run straight from the sources of every package: nothing has to be built first.
const conditions = ['@nuncio/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'tooling/**/*.test.ts'] } },
      { extends: true, test: { name: 'proxy', include: ['apps/proxy/src/**/*.test.ts', 'examples/**/*.test.ts'], pool: 'forks' } },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**', 'apps/proxy/src/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
