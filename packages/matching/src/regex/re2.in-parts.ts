import { Part } from '@nuncio/core'
import type { Re2 } from './re2.ts'

const part = new Part(async () => (await import('./re2.ts')).re2())

/** As `re2.ts`; throws `PartMissing` until it is loaded. */
export function re2(): Re2 {
  return part.get()
}
