import { type Honours, mergeHonours, type MessageSchema } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { messagesOf } from '../filters/messages-of.ts'
import { PRODUCT_TEXT } from '../generated/product.ts'

interface Product {
  readonly honours: Honours
  readonly definitions: readonly MessageSchema<unknown>[]
}

let product: Product | undefined

/**
 * What the proxy honours of Envoy's API, and its own messages: as `@nuncio/server` says, without loading it. A test holds
 * the two together.
 */
export function productApi(): Product {
  product ??= JSON.parse(PRODUCT_TEXT) as Product
  return product
}

export interface ExtendedProduct extends Product {
  /** The filters of the modules. */
  readonly filters: readonly HttpFilterDefinition[]
}

/** As `productApi`, with the filters of modules that the user names. Throws as `loadFilters` does. */
export async function productWith(modules: readonly string[] = []): Promise<ExtendedProduct> {
  const { honours, definitions } = productApi()
  if (modules.length === 0) return { honours, definitions, filters: [] }
  const { loadFilters } = await import('../filters/load-filters.ts')
  const filters = await loadFilters(modules)
  const own = messagesOf(filters)
  return {
    honours: mergeHonours([honours, ...own.map((config) => config.honours)]),
    definitions: [...definitions, ...own],
    filters,
  }
}

/** The flag that names such modules, for tools. */
export const FILTER_OPTION = {
  filter: {
    type: 'string',
    multiple: true,
    value: 'module',
    help: 'HTTP filters that the proxy would be started with',
  },
} as const
