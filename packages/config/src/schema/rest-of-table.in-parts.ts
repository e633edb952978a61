import { Part } from '@nuncio/core'

const part = new Part(async () => (await import('../generated/table/rest.ts')).REST_TEXT)

/** As `rest-of-table.ts`; throws `PartMissing` until it is loaded. */
export function restText(): string {
  return part.get()
}
