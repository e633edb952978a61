declare module 'virtual:nuncio-product' {
  /** JSON: what the proxy honours of Envoy's API, and its own messages. */
  export const PRODUCT_TEXT: string
}
