import path from 'node:path'

const ID = 'virtual:nuncio-product'
const FILE = path.resolve(import.meta.dirname, '../../proxy/src/generated/product.ts')

/** What the proxy honours, as `npm run docs` writes it down: built into the page, which is below no other room. */
export function product() {
  return { name: 'nuncio-product', resolveId: (id: string) => (id === ID ? FILE : undefined) }
}
