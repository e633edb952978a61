import { defineConfig } from 'vitest/config'
import { product } from '../build/product.ts'
import { chromiumPath } from './chromium.ts'

const conditions = ['@nuncio/source', 'node', 'import', 'default']

export default defineConfig({
  plugins: [product()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['apps/playground/e2e/*.e2e.ts'],
    globalSetup: chromiumPath === undefined ? [] : ['apps/playground/e2e/build-page.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
