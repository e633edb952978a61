import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import * as registry from './registry.ts'

/** Every HTTP filter of this package, ready for `createServer`. */
export const httpFilters: readonly HttpFilterDefinition[] = Object.values(registry)
export * from './registry.ts'
