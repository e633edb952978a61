import { type Honours, mergeHonours, type MessageSchema } from '@nuncio/config'
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

/** Adds messages that are neither Envoy's nor nuncio's: those of people's own filters, as JSON. */
export function extendProduct(text: string): void {
  const { honours, definitions } = productApi()
  const own = JSON.parse(text) as Product
  product = { honours: mergeHonours([honours, own.honours]), definitions: [...definitions, ...own.definitions] }
}
