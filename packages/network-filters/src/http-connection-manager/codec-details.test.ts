import { expect, test } from 'vitest'
import { codecDetails } from './codec-details.ts'

test.each([
  ['http1.bare_lf', 'http1.codec_error'],
  ['http1.bad_content_length', 'http1.codec_error'],
  ['http1.invalid_url', 'http1.invalid_url'],
  ['http1.headers_too_large', 'http1.headers_too_large'],
  ['http1.bad_host', 'http.invalid_authority'],
  ['http1.chunked_content_length', 'http1.content_length_and_chunked_not_allowed'],
  ['http1.unsupported_version', 'low_version'],
  ['http2.invalid_te', 'http2.invalid.header.field'],
  ['http2.missing_authority', 'http2.violation.of.messaging.rule'],
  ['http2.remote_reset', 'http2.remote_reset'],
  ['missing_host_header', 'missing_host_header'],
])('%s is logged as %s', (details, word) => {
  expect(codecDetails(details)).toBe(word)
})
