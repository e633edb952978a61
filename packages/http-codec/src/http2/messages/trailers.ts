import { HeaderTable } from '@nuncio/core'
import { cleanTrailers } from '../../http1/hop-by-hop.ts'
import type { MessageViolation } from '../violations.ts'
import type { FieldSection } from './field-section.ts'

/** Trailers, without the fields that could change framing or routing; or what is wrong with them. */
export function trailersOf(fields: FieldSection): HeaderTable | MessageViolation {
  if (fields.error !== '') return fields.error
  if (fields.pseudo.some((value) => value !== undefined)) return 'http2.invalid_pseudo_header'
  const trailers = new HeaderTable()
  fields.moveInto(trailers)
  cleanTrailers(trailers)
  trailers.remove('content-length')
  return trailers
}
