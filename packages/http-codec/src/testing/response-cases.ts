/** Bytes that an upstream may send in answer to one request, and what a proxy must make of them. */
export interface ResponseCase {
  readonly name: string
  /** The section of RFC 9110 or 9112, or the class of attack. */
  readonly rule: string
  /** The method that was asked with. */
  readonly method: 'GET' | 'HEAD' | 'POST'
  /** Latin-1, one character a byte. */
  readonly bytes: string
  /** Whether the upstream closes behind the bytes. */
  readonly eof: boolean
  /** The final response that is handed on; undefined = it is refused as a whole (502 where the upstream answered wrongly). */
  readonly answer: { readonly status: number; readonly body: string; readonly complete: boolean } | undefined
  /** The 1xx responses that are handed on before. */
  readonly informational: readonly number[]
  /** Whether the connection may carry another request afterwards. */
  readonly reusable: boolean
}

type Method = ResponseCase['method']
interface More {
  readonly method?: Method
  readonly eof?: boolean
  readonly informational?: readonly number[]
}

function make(
  rule: string,
  name: string,
  bytes: string,
  answer: ResponseCase['answer'],
  reusable: boolean,
  more: More = {},
): ResponseCase {
  const { method = 'GET', eof = false, informational = [] } = more
  return { name, rule, method, bytes, eof, answer, informational, reusable }
}
function keeps(
  rule: string,
  name: string,
  bytes: string,
  body: string,
  more?: More & { status?: number },
): ResponseCase {
  return make(rule, name, bytes, { status: more?.status ?? 200, body, complete: true }, true, more)
}
/** Handed on, but the connection is not used again. */
function drops(
  rule: string,
  name: string,
  bytes: string,
  body: string,
  more?: More & { status?: number },
): ResponseCase {
  return make(rule, name, bytes, { status: more?.status ?? 200, body, complete: true }, false, more)
}
function refuses(rule: string, name: string, bytes: string, more?: More): ResponseCase {
  return make(rule, name, bytes, undefined, false, more)
}
/** The head is handed on, then it breaks. */
function breaks(rule: string, name: string, bytes: string, body: string, more?: More): ResponseCase {
  return make(rule, name, bytes, { status: 200, body, complete: false }, false, more)
}
const ok = (lines: string, body = ''): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`
const chunked = (body: string): string => ok('Transfer-Encoding: chunked\r\n', body)
const EOF: More = { eof: true }
const HEAD: More = { method: 'HEAD' }
const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'

const statusLines: readonly ResponseCase[] = [
  keeps('9112 4', 'a plain response', ok('Content-Length: 2\r\n', 'hi'), 'hi'),
  keeps('9112 4', 'an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi', 'hi'),
  keeps('9112 4', 'no reason and no space for it', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', 'hi'),
  keeps(
    '9112 4',
    'a reason of many words and bytes above ASCII',
    'HTTP/1.1 200 All is f\xfcr good\r\nContent-Length: 2\r\n\r\nhi',
    'hi',
  ),
  keeps('9110 15', 'a status that nobody knows', 'HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n', '', { status: 299 }),
  keeps('9110 15', 'status 599', 'HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n', '', { status: 599 }),
  refuses('9110 15', 'status 600', 'HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n'),
  refuses('9110 15', 'status 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'),
  refuses('9110 15', 'status 000', 'HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a status with letters', 'HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a negative status', 'HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'two spaces before the status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a tab before the status', 'HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a tab behind the status', 'HTTP/1.1 200\tOK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 4', 'a NUL in the reason', 'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.2', 'a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.2', 'a bare LF behind the status line', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.2', 'an empty line before the response', `\r\n${ok('Content-Length: 0\r\n')}`),
  refuses('9112 2.3', 'HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.3', 'HTTP/1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.3', 'a version in lower case', 'http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.3', 'another protocol', 'RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('9112 2.3', 'HTTP/0.9: a body alone', '<html>hello</html>\r\n', EOF),
  refuses('9112 2.3', 'the icy greeting', 'ICY 200 OK\r\nContent-Length: 0\r\n\r\n'),
  refuses('other protocol', 'a TLS alert', '\x15\x03\x03\x00\x02\x02\x28'),
  refuses('9112 4', 'a request as the answer', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
]

const fields: readonly ResponseCase[] = [
  keeps('9110 5.5', 'bytes above ASCII in a value', ok('X-A: \xe4\r\nContent-Length: 0\r\n'), ''),
  keeps('9110 5.3', 'Set-Cookie many times', ok('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n'), ''),
  keeps('CVE-2026-21710', 'a field called __proto__', ok('__proto__: 1\r\nContent-Length: 0\r\n'), ''),
  refuses('9112 5.2', 'a folded value', ok('X-A: 1\r\n 2\r\nContent-Length: 0\r\n')),
  refuses('9112 5.1', 'a space before a colon', ok('X-A : 1\r\nContent-Length: 0\r\n')),
  refuses('9112 5', 'a line without a colon', ok('X-A\r\nContent-Length: 0\r\n')),
  refuses('9110 5.1', 'an empty name', ok(': 1\r\nContent-Length: 0\r\n')),
  refuses('9110 5.1', 'a space inside a name', ok('X A: 1\r\nContent-Length: 0\r\n')),
  refuses('9110 5.5', 'a NUL in a value', ok('X-A: \0\r\nContent-Length: 0\r\n')),
  refuses('9110 5.5', 'DEL in a value', ok('X-A: \x7f\r\nContent-Length: 0\r\n')),
  refuses('9112 2.2', 'a bare CR in a value', ok('X-A: a\rb\r\nContent-Length: 0\r\n')),
  refuses('9112 2.2', 'a bare LF behind a field', ok('X-A: a\nContent-Length: 0\r\n')),
  refuses('9112 2.2', 'a bare LF as the empty line', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n'),
  refuses('9110 5.4', 'more than 100 fields', ok(`${'X: 1\r\n'.repeat(100)}Content-Length: 0\r\n`)),
  keeps('9110 5.4', 'exactly 100 fields', ok(`${'X: 1\r\n'.repeat(99)}Content-Length: 0\r\n`), ''),
  refuses('9110 5.4', 'a head above 60 KiB', ok(`X: ${'a'.repeat(61_440)}\r\nContent-Length: 0\r\n`)),
]

const lengths: readonly ResponseCase[] = [
  keeps('9110 8.6', 'a length of nothing', ok('Content-Length: 0\r\n'), ''),
  keeps('9110 8.6', 'leading zeros in the length', ok('Content-Length: 002\r\n', 'hi'), 'hi'),
  refuses('9112 6.3', 'two lengths that differ', ok('Content-Length: 2\r\nContent-Length: 3\r\n', 'hi')),
  refuses('9112 6.3', 'the same length twice', ok('Content-Length: 2\r\nContent-Length: 2\r\n', 'hi')),
  refuses('9112 6.3', 'a list of lengths', ok('Content-Length: 2, 2\r\n', 'hi')),
  refuses('9110 8.6', 'a length with a plus', ok('Content-Length: +2\r\n', 'hi')),
  refuses('9110 8.6', 'a length with a minus', ok('Content-Length: -2\r\n', 'hi')),
  refuses('9110 8.6', 'a length in hexadecimal', ok('Content-Length: 0x2\r\n', 'hi')),
  refuses('9110 8.6', 'an empty length', ok('Content-Length:\r\n', 'hi')),
  refuses('9110 8.6', 'words as a length', ok('Content-Length: two\r\n', 'hi')),
  refuses('9110 8.6', 'a length above 2^53', ok('Content-Length: 9007199254740993\r\n', 'hi')),
  refuses('9110 8.6', 'a length of 40 digits', ok(`Content-Length: ${'9'.repeat(40)}\r\n`, 'hi')),
  breaks('9112 8', 'a body that is cut short', ok('Content-Length: 5\r\n', 'hi'), 'hi', EOF),
  drops('response queue', 'bytes behind the body', ok('Content-Length: 2\r\n', `hi${POISON}`), 'hi'),
  drops('response queue', 'an empty line behind the body', ok('Content-Length: 2\r\n', 'hi\r\n'), 'hi'),
  drops('9112 9.6', 'a close behind the body', ok('Connection: close\r\nContent-Length: 2\r\n', 'hi'), 'hi'),
  drops('9112 9.6', 'close in a list', ok('Connection: x, Close\r\nContent-Length: 2\r\n', 'hi'), 'hi'),
  drops(
    '9112 9.6',
    'close on a second line',
    ok('Connection: x\r\nConnection: close\r\nContent-Length: 2\r\n', 'hi'),
    'hi',
  ),
  drops('9112 9.3', 'FIN behind a whole response', ok('Content-Length: 2\r\n', 'hi'), 'hi', EOF),
  drops('9112 9.3', 'HTTP/1.0 closes', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'hi'),
  keeps(
    '9112 C.2.2',
    'HTTP/1.0 with keep-alive',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi',
    'hi',
  ),
  drops('9112 6.3', 'a body until the connection closes', ok('', 'hello'), 'hello', EOF),
  drops('9112 6.3', 'an empty body until the connection closes', ok(''), '', EOF),
  drops('9112 6.3', 'an HTTP/1.0 body until the connection closes', 'HTTP/1.0 200 OK\r\n\r\nhello', 'hello', EOF),
]

const codings: readonly ResponseCase[] = [
  keeps('9112 7.1', 'one chunk', chunked('5\r\nhello\r\n0\r\n\r\n'), 'hello'),
  keeps('9112 7.1', 'chunks of one byte', chunked('1\r\na\r\n1\r\nb\r\n0\r\n\r\n'), 'ab'),
  keeps('9112 7.1', 'an empty chunked body', chunked('0\r\n\r\n'), ''),
  keeps('9112 7.1', 'a size with leading zeros and letters', chunked('00a\r\n0123456789\r\n0\r\n\r\n'), '0123456789'),
  keeps('9112 7.1.1', 'extensions', chunked('5;a=b;c="d\\"e";f\r\nhello\r\n0;z\r\n\r\n'), 'hello'),
  keeps('9112 7.1.1', 'blanks round an extension', chunked('5 ; a = b\r\nhello\r\n0\r\n\r\n'), 'hello'),
  keeps('9112 7.1.2', 'trailers', chunked('5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n'), 'hello'),
  keeps(
    '9112 7.1.2',
    'trailers that mean nothing there',
    chunked('5\r\nhello\r\n0\r\nCookie: a\r\nTE: x\r\n\r\n'),
    'hello',
  ),
  breaks('9110 6.5.1', 'a length in the trailers', chunked('5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n'), 'hello'),
  breaks(
    '9110 6.5.1',
    'a coding in the trailers',
    chunked('5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'),
    'hello',
  ),
  keeps(
    '9110 5.1',
    'Transfer-Encoding in odd case',
    ok('TRANSFER-ENCODING: Chunked\r\n', '2\r\nhi\r\n0\r\n\r\n'),
    'hi',
  ),
  refuses('CL.TE', 'both framings', ok('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n')),
  refuses(
    'TE.CL',
    'both framings the other way round',
    ok('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', '2\r\nhi\r\n0\r\n\r\n'),
  ),
  refuses('TE.TE', 'chunked twice', ok('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n')),
  refuses(
    'TE.TE',
    'two Transfer-Encodings',
    ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  refuses('9112 6.1', 'gzip before chunked', ok('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')),
  refuses('9112 6.1', 'a coding that is not chunked', ok('Transfer-Encoding: gzip\r\n', 'xx'), EOF),
  refuses('9112 6.1', 'identity', ok('Transfer-Encoding: identity\r\nContent-Length: 2\r\n', 'hi')),
  refuses('9112 6.1', 'an empty coding', ok('Transfer-Encoding:\r\n', 'hi')),
  refuses('9112 6.1', 'a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  refuses('9112 5.1', 'a space before the colon of the coding', ok('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')),
  breaks('9112 7.1', 'a size that is no number', chunked('x\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a second size that is no number', chunked('2\r\nhi\r\nx\r\n'), 'hi'),
  breaks('9112 7.1', 'an empty size', chunked('\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a size with a space behind it', chunked('5 \r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a size that overflows', chunked('ffffffffffffffff\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'data longer than its size', chunked('4\r\nhello\r\n0\r\n\r\n'), 'hell'),
  breaks('9112 7.1', 'a bare LF behind the size', chunked('5\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1', 'a bare LF behind the data', chunked('5\r\nhello\n0\r\n\r\n'), 'hello'),
  breaks('9112 7.1', 'a bare CR behind the size', chunked('5\rhello\r\n0\r\n\r\n'), ''),
  breaks('CVE-2021-22960', 'a bare LF in an extension', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n'), ''),
  breaks('9112 7.1.2', 'a bare LF in the trailers', chunked('0\r\nX: 1\n\r\n'), ''),
  breaks('9112 8', 'no last chunk', chunked('5\r\nhello\r\n'), 'hello', EOF),
  breaks('9112 8', 'a last chunk without its empty line', chunked('5\r\nhello\r\n0\r\n'), 'hello', EOF),
  breaks('9112 8', 'a chunk that is cut short', chunked('5\r\nhel'), 'hel', EOF),
  drops('response queue', 'bytes behind the last chunk', chunked(`2\r\nhi\r\n0\r\n\r\n${POISON}`), 'hi'),
]

const bodiless: readonly ResponseCase[] = [
  keeps('9110 9.3.2', 'HEAD with a length', ok('Content-Length: 5\r\n'), '', HEAD),
  keeps('9110 9.3.2', 'HEAD with a coding', chunked(''), '', HEAD),
  keeps('9110 9.3.2', 'HEAD with neither', ok(''), '', HEAD),
  drops('response queue', 'HEAD with a body all the same', ok('Content-Length: 5\r\n', 'hello'), '', HEAD),
  refuses('CL.TE', 'HEAD with both framings', ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), HEAD),
  keeps('9110 15.3.5', '204', 'HTTP/1.1 204 No Content\r\n\r\n', '', { status: 204 }),
  keeps('9110 8.6', '204 with a length of nothing', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', '', {
    status: 204,
  }),
  refuses('9110 8.6', '204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'),
  refuses('9112 6.1', '204 with a coding', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  drops('response queue', '204 with a body all the same', 'HTTP/1.1 204 No Content\r\n\r\nhello', '', { status: 204 }),
  keeps('9110 15.4.5', '304', 'HTTP/1.1 304 Not Modified\r\n\r\n', '', { status: 304 }),
  keeps(
    '9110 8.6',
    '304 with the length of what was not sent',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    '',
    { status: 304 },
  ),
  drops(
    'response queue',
    '304 with a body all the same',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello',
    '',
    { status: 304 },
  ),
]

const interim: readonly ResponseCase[] = [
  keeps(
    '9110 15.2.1',
    '100 before the response',
    `HTTP/1.1 100 Continue\r\n\r\n${ok('Content-Length: 2\r\n', 'hi')}`,
    'hi',
    { method: 'POST', informational: [100] },
  ),
  keeps(
    '8297',
    '103 before the response',
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('Content-Length: 2\r\n', 'hi')}`,
    'hi',
    { informational: [103] },
  ),
  keeps(
    '9110 15.2',
    'three 1xx before the response',
    `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)}${ok('Content-Length: 2\r\n', 'hi')}`,
    'hi',
    { informational: [102, 102, 102] },
  ),
  refuses(
    '9110 15.2',
    '33 of 1xx',
    `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(33)}${ok('Content-Length: 2\r\n', 'hi')}`,
    { informational: Array.from({ length: 32 }, () => 102) },
  ),
  refuses(
    '9110 8.6',
    '1xx with a length',
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello${ok('Content-Length: 0\r\n')}`,
  ),
  refuses(
    '9112 6.1',
    '1xx with a coding',
    `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${ok('Content-Length: 0\r\n')}`,
  ),
  refuses(
    '9110 15.2.2',
    '101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  ),
  refuses('9112 8', 'FIN after a 1xx', 'HTTP/1.1 103 Early Hints\r\n\r\n', { eof: true, informational: [103] }),
]

const broken: readonly ResponseCase[] = [
  refuses('9112 8', 'FIN before anything', '', EOF),
  refuses('9112 8', 'FIN in the status line', 'HTTP/1.1 20', EOF),
  refuses('9112 8', 'FIN in a field', 'HTTP/1.1 200 OK\r\nContent-Le', EOF),
  refuses('9112 8', 'FIN before the empty line', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n', EOF),
  refuses('9112 8', 'FIN in the middle of the empty line', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r', EOF),
]

/** Every case. Split each at every byte boundary: the outcome must be the same, as far as one write tells it from two. */
export const RESPONSE_CASES: readonly ResponseCase[] = [
  ...statusLines, ...fields, ...lengths, ...codings, ...bodiless, ...interim, ...broken,
] // prettier-ignore
