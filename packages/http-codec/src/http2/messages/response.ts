import { ResponseHeaderTable } from '@nuncio/core'
import { FIRST_PSEUDO, STATUS } from '../hpack/field-name.ts'
import type { MessageViolation } from '../violations.ts'
import type { FieldSection } from './field-section.ts'

/** The headers of a response, 1xx or final, or what is wrong with them. */
export function responseOf(fields: FieldSection): ResponseHeaderTable | MessageViolation {
  if (fields.error !== '') return fields.error
  const { pseudo } = fields
  const status = pseudo[STATUS - FIRST_PSEUDO]
  for (let i = 0; i < pseudo.length; i++) {
    if (pseudo[i] !== undefined && i !== STATUS - FIRST_PSEUDO) return 'http2.invalid_pseudo_header'
  }
  if (status === undefined) return 'http2.missing_pseudo_header'
  // HTTP/2 has no switching of protocols (RFC 9113 8.6).
  if (!/^[1-5]\d\d$/.test(status) || status === '101') return 'http2.bad_status'
  const headers = new ResponseHeaderTable()
  headers.status = Number(status)
  fields.moveInto(headers)
  return headers
}
