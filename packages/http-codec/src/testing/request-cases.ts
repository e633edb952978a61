/** What an origin must have received of one request, once any framing is taken off. */
export interface ForwardedRequest {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly body: string
}

/** Bytes that a client may send, and what a proxy must make of them. */
export interface RequestCase {
  readonly name: string
  /** The section of RFC 9110 or 9112, or the class of attack. */
  readonly rule: string
  /** Latin-1, one character a byte. */
  readonly bytes: string
  /** The requests that reach the origin, in order: these and no others. */
  readonly forwarded: readonly ForwardedRequest[]
  /** The status of the refusal that ends the exchange; undefined = nothing is refused. */
  readonly refused: number | undefined
  /** Whether the proxy closes the connection of its own accord when the exchange is over. */
  readonly closes: boolean
  /** Settings of `http_protocol_options` that differ from the defaults. */
  readonly options?: {
    readonly acceptHttp10?: boolean
    readonly allowChunkedLength?: boolean
    readonly defaultHostForHttp10?: string
  }
}

type Options = RequestCase['options']
const H = 'Host: a.test\r\n'
const TARGET = '/p'

function request(method = 'GET', path = TARGET, body = '', host = 'a.test'): ForwardedRequest {
  return { method, path, host, body }
}
function accepts(
  rule: string,
  name: string,
  bytes: string,
  forwarded: readonly ForwardedRequest[],
  closes = false,
  options?: Options,
): RequestCase {
  return { name, rule, bytes, forwarded, refused: undefined, closes, ...(options && { options }) }
}
function refuses(
  rule: string,
  name: string,
  bytes: string,
  refused = 400,
  forwarded: readonly ForwardedRequest[] = [],
  options?: Options,
): RequestCase {
  return { name, rule, bytes, forwarded, refused, closes: true, ...(options && { options }) }
}
/** A GET with these lines after its Host. */
function get(lines: string): string {
  return `GET ${TARGET} HTTP/1.1\r\n${H}${lines}\r\n`
}
function post(lines: string, body: string): string {
  return `POST ${TARGET} HTTP/1.1\r\n${H}${lines}\r\n${body}`
}
const chunked = (body: string, more = ''): string => post(`Transfer-Encoding: chunked\r\n${more}`, body)
const posted = (body: string): readonly ForwardedRequest[] => [request('POST', TARGET, body)]
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n'

const requestLines: readonly RequestCase[] = [
  accepts('9112 3', 'a plain GET', get(''), [request()]),
  accepts('9112 2.2', 'an empty line before the request', `\r\n${get('')}`, [request()]),
  accepts('9112 2.2', 'two empty lines before the request', `\r\n\r\n${get('')}`, [request()]),
  refuses('9112 2.2', 'three empty lines before the request', `\r\n\r\n\r\n${get('')}`),
  refuses('9112 2.2', 'a bare LF before the request', `\n${get('')}`),
  refuses('9112 2.2', 'a bare CR before the request', `\r${get('')}`),
  refuses('9112 2.2', 'a bare LF behind the request line', `GET /p HTTP/1.1\n${H}\r\n`),
  refuses('9112 2.2', 'a bare CR behind the request line', `GET /p HTTP/1.1\r${H}\r\n`),
  refuses('9112 3', 'two spaces behind the method', `GET  /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3', 'a tab behind the method', `GET\t/p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3', 'two spaces before the version', `GET /p  HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3', 'a space behind the version', `GET /p HTTP/1.1 \r\n${H}\r\n`),
  refuses('9112 3', 'a space before the method', ` GET /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3', 'no version', `GET /p\r\n${H}\r\n`, 426),
  refuses('9112 3', 'no version and a blank', `GET /p \r\n${H}\r\n`, 426),
  refuses('9112 3', 'no target', `GET HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3', 'a word too many', `GET /p /q HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.1', 'a method that is no token', `G@T /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.1', 'an empty method', ` /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.1', 'a NUL in the method', `GE\0T /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 2.3', 'a version in lower case', `GET /p http/1.1\r\n${H}\r\n`),
  refuses('9112 2.3', 'a version without its minor number', `GET /p HTTP/1\r\n${H}\r\n`),
  refuses('9112 2.3', 'HTTP/1.2', `GET /p HTTP/1.2\r\n${H}\r\n`, 426),
  refuses('9112 2.3', 'HTTP/2.0 in text', `GET /p HTTP/2.0\r\n${H}\r\n`, 426),
  refuses('9112 2.3', 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 426),
  refuses('9112 2.3', 'HTTP/0.9', 'GET /p\r\n', 426),
  refuses('9112 2.3', 'a version with two digits', `GET /p HTTP/1.10\r\n${H}\r\n`),
  refuses('9112 2.3', 'HTTPS as the protocol', `GET /p HTTPS/1.1\r\n${H}\r\n`),
  refuses('9110 15.5.22', 'HTTP/1.0 while it is not accepted', `GET /p HTTP/1.0\r\n${H}\r\n`, 426),
  refuses('other protocol', 'a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
]

const targets: readonly RequestCase[] = [
  accepts('9112 3.2.1', 'a query', `GET /p?a=b&c=%20 HTTP/1.1\r\n${H}\r\n`, [request('GET', '/p?a=b&c=%20')]),
  accepts('9112 3.2.1', 'characters that browsers leave alone', `GET /p?q={x}|[y]^"z" HTTP/1.1\r\n${H}\r\n`, [
    request('GET', '/p?q={x}|[y]^"z"'),
  ]),
  accepts('9112 3.2.2', 'an absolute target', `GET http://b.test:81/p HTTP/1.1\r\n${H}\r\n`, [
    request('GET', '/p', '', 'b.test:81'),
  ]),
  accepts(
    '9112 3.2.2',
    'an absolute target whose host differs from Host',
    `GET http://a.test/p HTTP/1.1\r\nHost: evil.test\r\n\r\n`,
    [request()],
  ),
  accepts('9112 3.2.2', 'an absolute target without a path', `GET http://a.test HTTP/1.1\r\n${H}\r\n`, [
    request('GET', '/'),
  ]),
  accepts('9112 3.2.2', 'an absolute target with a query alone', `GET http://a.test?x HTTP/1.1\r\n${H}\r\n`, [
    request('GET', '/?x'),
  ]),
  accepts('9112 3.2.2', 'an absolute target in upper case', `GET HTTP://a.test/p HTTP/1.1\r\n${H}\r\n`, [request()]),
  accepts('9112 3.2.4', 'OPTIONS *', `OPTIONS * HTTP/1.1\r\n${H}\r\n`, [request('OPTIONS', '*')]),
  accepts('9112 3.2.2', 'an absolute target without Host', 'GET http://a.test/p HTTP/1.1\r\n\r\n', [request()]),
  refuses('9110 4.2.4', 'user information in the target', `GET http://u:p@a.test/p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.2', 'another scheme', `GET ftp://a.test/p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.2', 'an absolute target without a host', `GET http:///p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.2', 'an absolute target with a host that no URL has', `GET http://a;b.test/p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.2', 'an absolute target with a bad port', `GET http://a.test:99999/p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.3', 'a host and port with GET', `GET a.test:80 HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.3', 'CONNECT without a port', `CONNECT a.test HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.3', 'CONNECT with a path', `CONNECT /p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.3', 'CONNECT with an absolute target', `CONNECT http://a.test:80/ HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2.4', 'an asterisk with GET', `GET * HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2', 'a relative path', `GET p HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2', 'a tab in the target', `GET /p\t HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2', 'a NUL in the target', `GET /\0 HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2', 'DEL in the target', `GET /\x7f HTTP/1.1\r\n${H}\r\n`),
  refuses('9112 3.2', 'a byte above ASCII in the target', `GET /\xe4 HTTP/1.1\r\n${H}\r\n`),
]

const hosts: readonly RequestCase[] = [
  accepts('9112 3.2', 'a host with a port', `GET /p HTTP/1.1\r\nHost: a.test:8080\r\n\r\n`, [
    request('GET', TARGET, '', 'a.test:8080'),
  ]),
  accepts('9110 7.2', 'an IPv6 host', `GET /p HTTP/1.1\r\nHost: [::1]:80\r\n\r\n`, [
    request('GET', TARGET, '', '[::1]:80'),
  ]),
  accepts('9110 7.2', 'a host with an underscore', `GET /p HTTP/1.1\r\nHost: a_b.test\r\n\r\n`, [
    request('GET', TARGET, '', 'a_b.test'),
  ]),
  accepts('9110 5.1', 'Host in upper case', `GET /p HTTP/1.1\r\nHOST: a.test\r\n\r\n`, [request()]),
  accepts('9112 5.1', 'blanks round the host', `GET /p HTTP/1.1\r\nHost: \t a.test \t\r\n\r\n`, [request()]),
  refuses('9112 3.2', 'no Host', 'GET /p HTTP/1.1\r\n\r\n'),
  refuses('9112 3.2', 'an empty Host', 'GET /p HTTP/1.1\r\nHost:\r\n\r\n'),
  refuses('9112 3.2', 'two Hosts', `GET /p HTTP/1.1\r\n${H}Host: b.test\r\n\r\n`),
  refuses('9112 3.2', 'the same Host twice', `GET /p HTTP/1.1\r\n${H}${H}\r\n`),
  refuses('9112 3.2', 'a list as Host', 'GET /p HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n'),
  refuses('9112 3.2', 'a path in Host', 'GET /p HTTP/1.1\r\nHost: a.test/x\r\n\r\n'),
  refuses('9112 3.2', 'user information in Host', 'GET /p HTTP/1.1\r\nHost: u@a.test\r\n\r\n'),
  refuses('9112 3.2', 'a scheme in Host', 'GET /p HTTP/1.1\r\nHost: http://a.test\r\n\r\n'),
  refuses('9112 3.2', 'a port that is no number', 'GET /p HTTP/1.1\r\nHost: a.test:x\r\n\r\n'),
  refuses('9112 3.2', 'a port above 65535', 'GET /p HTTP/1.1\r\nHost: a.test:65536\r\n\r\n'),
  refuses('9112 3.2', 'two ports', 'GET /p HTTP/1.1\r\nHost: a.test:80:90\r\n\r\n'),
  refuses('9112 3.2', 'a port alone', 'GET /p HTTP/1.1\r\nHost: :80\r\n\r\n'),
  refuses('9112 3.2', 'brackets that do not close', 'GET /p HTTP/1.1\r\nHost: [::1\r\n\r\n'),
  refuses('9112 3.2', 'brackets round a name', 'GET /p HTTP/1.1\r\nHost: [a.test]\r\n\r\n'),
  refuses('9112 3.2', 'a broken escape in Host', 'GET /p HTTP/1.1\r\nHost: a%zz\r\n\r\n'),
  refuses('9112 3.2', 'a byte above ASCII in Host', 'GET /p HTTP/1.1\r\nHost: \xe4.test\r\n\r\n'),
  refuses('9112 5.1', 'a space before the colon of Host', 'GET /p HTTP/1.1\r\nHost : a.test\r\n\r\n'),
  refuses('9112 5.2', 'a folded Host', 'GET /p HTTP/1.1\r\nHost:\r\n a.test\r\n\r\n'),
]

const fields: readonly RequestCase[] = [
  accepts('9110 5.5', 'bytes above ASCII in a value', get('X-A: \xe4\xf6\r\n'), [request()]),
  accepts('9110 5.5', 'an empty value', get('X-A:\r\n'), [request()]),
  accepts('9110 5.5', 'a tab inside a value', get('X-A: a\tb\r\n'), [request()]),
  accepts('9110 5.6.2', 'every token character in a name', get("!#$%&'*+-.^_`|~09azAZ: 1\r\n"), [request()]),
  accepts('9110 5.3', 'a field many times', get('X-A: 1\r\nX-A: 2\r\nx-a: 3\r\n'), [request()]),
  accepts('CVE-2026-21710', 'a field called __proto__', get('__proto__: 1\r\nconstructor: 2\r\n'), [request()]),
  refuses('9112 5.1', 'a space before a colon', get('X-A : 1\r\n')),
  refuses('9112 5.1', 'a tab before a colon', get('X-A\t: 1\r\n')),
  refuses('9112 5.2', 'a folded value', get('X-A: 1\r\n 2\r\n')),
  refuses('9112 5.2', 'a value folded with a tab', get('X-A: 1\r\n\t2\r\n')),
  refuses('9112 2.2', 'white space before the first field', `GET /p HTTP/1.1\r\n ${H}\r\n`),
  refuses('9112 5', 'a line without a colon', get('X-A\r\n')),
  refuses('CVE-2023-25725', 'an empty name', get(': 1\r\n')),
  refuses('9110 5.1', 'a space inside a name', get('X A: 1\r\n')),
  refuses('9110 5.1', 'brackets in a name', get('X(A): 1\r\n')),
  refuses('9110 5.1', 'a byte above ASCII in a name', get('X-\xe4: 1\r\n')),
  refuses('9110 5.5', 'a NUL in a value', get('X-A: a\0b\r\n')),
  refuses('9110 5.5', 'a NUL in a name', get('X-\0A: 1\r\n')),
  refuses('9110 5.5', 'DEL in a value', get('X-A: \x7f\r\n')),
  refuses('9110 5.5', 'a control character in a value', get('X-A: \x01\r\n')),
  refuses('CVE-2023-30589', 'a bare CR in a value', get('X-A: a\rX-B: b\r\n')),
  refuses('9112 2.2', 'a bare LF behind a field', get('X-A: 1\nX-B: 2\r\n')),
  refuses('9112 2.2', 'a bare LF as the empty line', `GET /p HTTP/1.1\r\n${H}\n`),
  refuses('CVE-2025-23167', 'a CR and something else for the empty line', `GET /p HTTP/1.1\r\n${H}\rX: 1\r\n\r\n`),
  refuses('9110 5.4', 'more than 100 fields', get('X: 1\r\n'.repeat(100)), 431),
  accepts('9110 5.4', 'exactly 100 fields', get('X: 1\r\n'.repeat(99)), [request()]),
  refuses('9110 5.4', 'a head above 60 KiB', get(`X: ${'a'.repeat(61_440)}\r\n`), 431),
  refuses('9110 5.4', 'a target above 60 KiB', `GET /${'a'.repeat(61_440)} HTTP/1.1\r\n${H}\r\n`, 431),
]

const lengths: readonly RequestCase[] = [
  accepts('9112 6.3', 'a body with its length', post('Content-Length: 5\r\n', 'hello'), posted('hello')),
  accepts('9110 8.6', 'a length of nothing', post('Content-Length: 0\r\n', ''), posted('')),
  accepts('9110 8.6', 'leading zeros in the length', post('Content-Length: 005\r\n', 'hello'), posted('hello')),
  accepts('9110 9.3.1', 'a GET with a body', `GET /p HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\nhi`, [
    request('GET', TARGET, 'hi'),
  ]),
  accepts('9110 9.3.5', 'a DELETE with a body', `DELETE /p HTTP/1.1\r\n${H}Content-Length: 2\r\n\r\nhi`, [
    request('DELETE', TARGET, 'hi'),
  ]),
  accepts('9112 6.3', 'a POST without a body', post('', ''), posted('')),
  accepts('9112 9.3', 'a request behind a body', post('Content-Length: 2\r\n', 'hi') + get(''), [
    request('POST', TARGET, 'hi'),
    request(),
  ]),
  refuses('9112 6.3', 'two lengths that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello')),
  refuses('9112 6.3', 'the same length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  refuses('9112 6.3', 'a list of lengths', post('Content-Length: 5, 5\r\n', 'hello')),
  refuses('9110 8.6', 'a length with a plus', post('Content-Length: +5\r\n', 'hello')),
  refuses('9110 8.6', 'a length with a minus', post('Content-Length: -1\r\n', 'hello')),
  refuses('9110 8.6', 'a length in hexadecimal', post('Content-Length: 0x5\r\n', 'hello')),
  refuses('9110 8.6', 'a length with a fraction', post('Content-Length: 5.0\r\n', 'hello')),
  refuses('CVE-2018-7159', 'a space inside a length', post('Content-Length: 1 0\r\n', 'helloworld')),
  refuses('9110 8.6', 'a length above 2^53', post('Content-Length: 9007199254740993\r\n', 'hello')),
  refuses('9110 8.6', 'a length of 40 digits', post(`Content-Length: ${'9'.repeat(40)}\r\n`, 'hello')),
  refuses('CVE-2023-40225', 'an empty length', post('Content-Length:\r\n', '')),
  refuses(
    'CVE-2023-40225',
    'an empty length before a real one',
    post('Content-Length:\r\nContent-Length: 5\r\n', 'hello'),
  ),
  refuses('9110 8.6', 'words as a length', post('Content-Length: five\r\n', 'hello')),
  refuses('CVE-2024-27982', 'a length behind a space in its name', post('Content-Length : 5\r\n', 'hello')),
  refuses('9112 5.2', 'a length that is folded', post('Content-Length:\r\n 5\r\n', 'hello')),
]

const codings: readonly RequestCase[] = [
  accepts('9112 7.1', 'one chunk', chunked('5\r\nhello\r\n0\r\n\r\n'), posted('hello')),
  accepts('9112 7.1', 'chunks of one byte', chunked('1\r\na\r\n1\r\nb\r\n0\r\n\r\n'), posted('ab')),
  accepts('9112 7.1', 'an empty chunked body', chunked('0\r\n\r\n'), posted('')),
  accepts(
    '9112 7.1',
    'a size with leading zeros and letters',
    chunked('000A\r\n0123456789\r\n0\r\n\r\n'),
    posted('0123456789'),
  ),
  accepts('9112 7.1.1', 'an extension', chunked('5;a=b\r\nhello\r\n0\r\n\r\n'), posted('hello')),
  accepts('9112 7.1.1', 'a quoted extension', chunked('5;a="b;\\"c"\r\nhello\r\n0;x\r\n\r\n'), posted('hello')),
  accepts('9112 7.1.2', 'a trailer', chunked('5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n'), posted('hello')),
  accepts(
    '9110 5.1',
    'Transfer-Encoding in odd case',
    post('tRANSFER-eNCODING: CHUNKED\r\n', '2\r\nhi\r\n0\r\n\r\n'),
    posted('hi'),
  ),
  accepts('9112 9.3', 'a request behind a chunked body', chunked('2\r\nhi\r\n0\r\n\r\n') + get(''), [
    request('POST', TARGET, 'hi'),
    request(),
  ]),
  accepts('9112 7.1', 'zeros in several digits as the last chunk', chunked('2\r\nhi\r\n000\r\n\r\n'), posted('hi')),
  refuses(
    'CL.TE',
    'both framings',
    post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\nX${SMUGGLED}`),
  ),
  refuses(
    'TE.CL',
    'both framings the other way round',
    post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `2c\r\n${SMUGGLED}\r\n0\r\n\r\n`),
  ),
  accepts(
    '9112 6.3',
    'both framings where that is allowed',
    post('Content-Length: 9\r\nTransfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n'),
    posted('hi'),
    true,
    { allowChunkedLength: true },
  ),
  refuses('TE.TE', 'chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 501),
  refuses(
    'CVE-2020-8287',
    'two Transfer-Encodings',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
    501,
  ),
  refuses('9112 6.1', 'gzip before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501),
  refuses('9112 6.1', 'chunked before gzip', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), 501),
  refuses('9112 6.1', 'identity', post('Transfer-Encoding: identity\r\n', ''), 501),
  refuses(
    'CVE-2019-15605',
    'a coding that only looks like chunked',
    post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    501,
  ),
  refuses('TE.TE', 'a vertical tab before chunked', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')),
  refuses('TE.TE', 'a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 501),
  refuses(
    'CVE-2022-32215',
    'a coding on two lines',
    post('Transfer-Encoding: chunked\r\n , identity\r\n', '0\r\n\r\n'),
  ),
  refuses('9112 6.1', 'an empty coding', post('Transfer-Encoding:\r\n', ''), 501),
  refuses('9112 6.1', 'a comma behind chunked', post('Transfer-Encoding: chunked,\r\n', '0\r\n\r\n'), 501),
  refuses(
    'CVE-2020-8201',
    'an underscore for the hyphen, with a length',
    post('Transfer\rEncoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
  ),
  refuses(
    'CVE-2021-22959',
    'a space before the colon of the coding',
    post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
  ),
  refuses(
    '9112 6.1',
    'a coding in HTTP/1.0',
    `POST /p HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    [],
    { acceptHttp10: true },
  ),
]

/** Requests whose body breaks off: the origin may have seen their head, but never their end. */
const chunkErrors: readonly RequestCase[] = [
  refuses('9112 7.1', 'a size that is no number', chunked('x\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'an empty size', chunked('\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a negative size', chunked('-1\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a space before the size', chunked(' 5\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a space behind the size', chunked('5 \r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'an underscore in the size', chunked('0_5\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a size that overflows 64 bits', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a size above 2^53', chunked('20000000000001\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'data longer than its size', chunked('4\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'data without its CRLF', chunked('5\r\nhello0\r\n\r\n')),
  refuses('9112 7.1', 'a bare LF behind the size', chunked('5\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1', 'a bare LF behind the data', chunked('5\r\nhello\n0\r\n\r\n')),
  refuses('9112 7.1', 'a bare CR behind the size', chunked('5\rhello\r\n0\r\n\r\n')),
  refuses('CVE-2021-22960', 'a bare LF in an extension', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n')),
  refuses('TERM.EXT', 'a bare CR in an extension', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1.1', 'an extension without a name', chunked('5;\r\nhello\r\n0\r\n\r\n')),
  refuses('9112 7.1.1', 'an extension that is not closed', chunked('5;a="b\r\nhello\r\n0\r\n\r\n')),
  refuses(
    'CVE-2024-22019',
    'extensions without end',
    chunked(`${'1;a=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\nx\r\n'.repeat(500)}0\r\n\r\n`),
  ),
  refuses('9112 7.1.2', 'a bare LF in the trailers', chunked('0\r\nX: 1\n\r\n')),
  refuses('9112 7.1.2', 'a trailer with a space before its colon', chunked('0\r\nX : 1\r\n\r\n')),
  refuses('9110 6.5.1', 'a length in the trailers', chunked('2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n')),
  refuses('9110 6.5.1', 'a host in the trailers', chunked('2\r\nhi\r\n0\r\nHost: b\r\n\r\n')),
  refuses('9112 7.1.2', 'a bare LF as the end', chunked('0\r\n\n')),
  refuses('9112 7.1.2', 'more than 100 trailers', chunked(`0\r\n${'X: 1\r\n'.repeat(101)}\r\n`), 431),
]

const connections: readonly RequestCase[] = [
  accepts('9112 9.3', 'two requests at once', get('') + get(''), [request(), request()]),
  accepts('9112 9.6', 'close', get('Connection: close\r\n'), [request()], true),
  accepts('9112 9.6', 'nothing is served behind a close', get('Connection: close\r\n') + SMUGGLED, [request()], true),
  accepts(
    '9112 9.6',
    'close in a list and in odd case',
    get('Connection: x-a, CLOSE\r\nX-A: 1\r\n'),
    [request()],
    true,
  ),
  accepts('9112 9.6', 'close on a second line', get('Connection: x-a\r\nConnection: close\r\n'), [request()], true),
  accepts('9112 9.3', 'keep-alive in HTTP/1.1', get('Connection: keep-alive\r\n'), [request()]),
  accepts('9112 9.3', 'HTTP/1.0 closes', `GET /p HTTP/1.0\r\n${H}\r\n`, [request()], true, { acceptHttp10: true }),
  accepts(
    '9112 C.2.2',
    'HTTP/1.0 with keep-alive',
    `GET /p HTTP/1.0\r\n${H}Connection: keep-alive\r\n\r\n`,
    [request()],
    false,
    { acceptHttp10: true },
  ),
  accepts('9112 3.2', 'HTTP/1.0 without Host, with a default', 'GET /p HTTP/1.0\r\n\r\n', [request()], true, {
    acceptHttp10: true,
    defaultHostForHttp10: 'a.test',
  }),
  refuses('9112 3.2', 'HTTP/1.0 without Host or a default', 'GET /p HTTP/1.0\r\n\r\n', 400, [], { acceptHttp10: true }),
  accepts('9110 7.6.1', 'Connection cannot nominate Host away', get('Connection: host\r\n'), [request()]),
  accepts(
    '9110 7.6.1',
    'Connection cannot nominate the length away',
    post('Connection: content-length\r\nContent-Length: 2\r\n', 'hi'),
    posted('hi'),
  ),
  accepts(
    '9110 7.6.1',
    'Connection cannot nominate the coding away',
    chunked('2\r\nhi\r\n0\r\n\r\n', 'Connection: transfer-encoding\r\n'),
    posted('hi'),
  ),
  refuses('9110 7.6.1', 'Connection that is no list of tokens', get('Connection: :path\r\n')),
  refuses('9110 7.6.1', 'Connection with more names than anyone needs', get(`Connection: ${'a,'.repeat(40)}\r\n`)),
  accepts(
    'h2c smuggling',
    'an upgrade to h2c is passed over',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
    [request()],
  ),
  accepts(
    'CVE-2026-58055',
    'an upgrade with a body is an ordinary request',
    post('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n', 'hi'),
    posted('hi'),
  ),
  accepts('9110 7.8', 'Upgrade without Connection is passed over', get('Upgrade: websocket\r\n'), [request()]),
  accepts(
    '9110 7.8',
    'an upgrade in HTTP/1.0 is passed over',
    `GET /p HTTP/1.0\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    [request()],
    true,
    { acceptHttp10: true },
  ),
  refuses('9110 9.3.6', 'CONNECT with a length', `CONNECT a.test:80 HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhello`),
  refuses(
    '9110 9.3.6',
    'CONNECT with a coding',
    `CONNECT a.test:80 HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  accepts(
    'CL.0',
    'a body that looks like a request',
    post(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
    posted(SMUGGLED),
  ),
  accepts(
    'TE.0',
    'a chunk that looks like a request',
    chunked(`${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    posted(SMUGGLED),
  ),
  accepts(
    '0.CL',
    'Expect with a body behind it',
    post('Expect: 100-continue\r\nContent-Length: 2\r\n', 'hi'),
    posted('hi'),
  ),
  refuses('9112 11.2', 'rubbish behind a good request', `${get('')}\0\0\0\0`, 400, [request()]),
]

/** Every case. Split each at every byte boundary: the outcome must be the same. */
export const REQUEST_CASES: readonly RequestCase[] = [
  ...requestLines, ...targets, ...hosts, ...fields, ...lengths, ...codings, ...chunkErrors, ...connections,
] // prettier-ignore
