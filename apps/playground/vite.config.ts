import { defineConfig } from 'vite'
import { offline } from './build/offline.ts'
import { product } from './build/product.ts'

// Straight from the sources of the packages, into files that work below any path.
export default defineConfig({
  base: './',
  resolve: { conditions: ['@nuncio/in-parts', '@nuncio/source', 'browser', 'import', 'default'] },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: 'es', plugins: () => [product()] },
  plugins: [product(), offline()],
})
