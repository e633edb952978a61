import type { JsonValue } from '@nuncio/config'

/** A value as text files and the admin endpoint write it. */
export function scalar(text: string): JsonValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
