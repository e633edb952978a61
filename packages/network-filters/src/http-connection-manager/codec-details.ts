/** Envoy's words for what its codec of HTTP/1 refuses; for anything else that is malformed it has one. */
const HTTP1_WORDS: ReadonlySet<string> = new Set([
  'http1.body_disallowed', 'http1.connection_header_rejected', 'http1.content_length_not_allowed',
  'http1.headers_too_large', 'http1.invalid_characters', 'http1.invalid_scheme', 'http1.invalid_transfer_encoding', 'http1.invalid_url',
  'http1.too_many_headers', 'http1.trailers_too_large', 'http1.transfer_encoding_not_allowed', 'http1.unexpected_underscore',
]) // prettier-ignore

const INVALID_FIELD = 'http2.invalid.header.field'
const BROKEN_MESSAGE = 'http2.violation.of.messaging.rule'

const OTHER_WORDS: Readonly<Record<string, string>> = {
  'http1.unsupported_version': 'low_version',
  'http1.bad_host': 'http.invalid_authority',
  'http1.chunked_content_length': 'http1.content_length_and_chunked_not_allowed',
  'http2.missing_pseudo_header': BROKEN_MESSAGE,
  'http2.missing_authority': BROKEN_MESSAGE,
  'http2.content_length_mismatch': BROKEN_MESSAGE,
  'http2.bad_content_length': INVALID_FIELD,
  'http2.connection_header': INVALID_FIELD,
  'http2.invalid_header': INVALID_FIELD,
  'http2.invalid_path': INVALID_FIELD,
  'http2.invalid_protocol': INVALID_FIELD,
  'http2.invalid_pseudo_header': INVALID_FIELD,
  'http2.invalid_te': INVALID_FIELD,
  'http2.repeated_pseudo_header': INVALID_FIELD,
}

/**
 * The response code details of what a codec could not understand. Codecs tell more precisely what is wrong; logs and whoever
 * looks for words in them know those of Envoy.
 */
export function codecDetails(details: string): string {
  const word = OTHER_WORDS[details]
  if (word !== undefined) return word
  return details.startsWith('http1.') && !HTTP1_WORDS.has(details) ? 'http1.codec_error' : details
}
