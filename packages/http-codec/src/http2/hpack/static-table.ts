import { type Field, field } from './field.ts'

/** RFC 7541 appendix A; the first entry has the index 1. */
export const STATIC_TABLE: readonly Field[] = [
  field(':authority', ''), field(':method', 'GET'), field(':method', 'POST'), field(':path', '/'), field(':path', '/index.html'),
  field(':scheme', 'http'), field(':scheme', 'https'), field(':status', '200'), field(':status', '204'), field(':status', '206'),
  field(':status', '304'), field(':status', '400'), field(':status', '404'), field(':status', '500'),
  field('accept-charset', ''), field('accept-encoding', 'gzip, deflate'), ...[
    'accept-language', 'accept-ranges', 'accept', 'access-control-allow-origin', 'age', 'allow', 'authorization', 'cache-control',
    'content-disposition', 'content-encoding', 'content-language', 'content-length', 'content-location', 'content-range',
    'content-type', 'cookie', 'date', 'etag', 'expect', 'expires', 'from', 'host', 'if-match', 'if-modified-since', 'if-none-match',
    'if-range', 'if-unmodified-since', 'last-modified', 'link', 'location', 'max-forwards', 'proxy-authenticate',
    'proxy-authorization', 'range', 'referer', 'refresh', 'retry-after', 'server', 'set-cookie', 'strict-transport-security',
    'transfer-encoding', 'user-agent', 'vary', 'via', 'www-authenticate',
  ].map((name) => field(name, '')),
] // prettier-ignore

export const STATIC_ENTRIES = 61
