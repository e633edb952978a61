import { canonical, type Problem } from '@nuncio/config'
import { productApi } from './product.ts'

/** A text in canonical form; as it was when it cannot be read. */
export function canonicalText(text: string): { readonly text: string; readonly problems: readonly Problem[] } {
  const { text: written = text, problems } = canonical(text, productApi())
  return { text: written, problems }
}
