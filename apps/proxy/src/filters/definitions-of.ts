import { NuncioError } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'

/** The HTTP filters among what a module exports, by itself or in lists. Throws `ERR_NUNCIO_ARGUMENT` for none. */
export function definitionsOf(exports: object, module: string): readonly HttpFilterDefinition[] {
  const found = new Set(Object.values(exports).flat().filter(isDefinition))
  if (found.size > 0) return [...found]
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--filter ${module}: the module exports no HTTP filter`, {
    hint: 'a filter is an object with name, config and create; see HttpFilterDefinition of @nuncio/filter-chain',
  })
}

function isDefinition(value: unknown): value is HttpFilterDefinition {
  if (typeof value !== 'object' || value === null) return false
  const { name, config, create } = value as Partial<HttpFilterDefinition>
  return typeof name === 'string' && typeof config?.type === 'string' && typeof create === 'function'
}
