import { type Honours, mergeHonours, type MessageSchema } from '@nuncio/config'
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

/** As `productApi`, with the filters of modules that the user names. Throws as `loadFilters` does. */
export async function productWith(modules: readonly string[] = []): Promise<Product> {
  const { honours, definitions } = productApi()
  if (modules.length === 0) return { honours, definitions }
  const { loadFilters } = await import('../filters/load-filters.ts')
  const own = (await loadFilters(modules)).flatMap(({ config, routeConfig }) =>
    routeConfig === undefined ? [config] : [config, routeConfig],
  )
  return {
    honours: mergeHonours([honours, ...own.map((config) => config.honours)]),
    definitions: [...definitions, ...own],
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
