import type { Honours, MessageSchema } from '@nuncio/config'
import { PRODUCT_TEXT } from 'virtual:nuncio-product'

interface Product {
  readonly honours: Honours
  readonly definitions: readonly MessageSchema<unknown>[]
}

let product: Product | undefined

/** What the proxy honours of Envoy's API, and its own messages: the page says the same of a file as `nuncio validate`. */
export function productApi(): Product {
  product ??= JSON.parse(PRODUCT_TEXT) as Product
  return product
}
