import { type Honours, type MessageSchema } from '@nuncio/config'
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
