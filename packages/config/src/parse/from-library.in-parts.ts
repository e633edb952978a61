import { Part } from '@nuncio/core'
import type { fromLibrary as read } from './from-library.ts'

const part = new Part(async () => (await import('./from-library.ts')).fromLibrary)

/** As `from-library.ts`; throws `PartMissing` until the reader is loaded. */
export const fromLibrary: typeof read = (text, base, limits) => part.get()(text, base, limits)
