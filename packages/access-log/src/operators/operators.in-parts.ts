import { Part } from '@nuncio/core'
import type { Operators } from './operators.ts'

const part = new Part(async () => (await import('./operators.ts')).operators())

/** As `operators.ts`; throws `PartMissing` until it is loaded. */
export function operators(): Operators {
  return part.get()
}
