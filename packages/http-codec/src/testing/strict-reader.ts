/** A message as a reader sees it that knows nothing of the codec and forgives nothing. */
export interface StrictMessage {
  readonly startLine: string
  readonly lines: readonly (readonly [string, string])[]
  readonly body: string
}

/** The bytes end before their message does. */
class Incomplete extends Error {}

/**
 * Reads messages as strictly as RFC 9112 can be read, and throws at the first doubt: one framing field at most, chunked
 * alone, exact line ends. `kind`: `request`, or the methods of the requests that these are the final responses to. With
 * `partial` the last message may be cut short; it is left out then.
 */
export function readStrictly(text: string, kind: 'request' | readonly string[], partial = false): StrictMessage[] {
  const messages: StrictMessage[] = []
  try {
    readAll(text, kind, messages)
  } catch (error) {
    if (!partial || !(error instanceof Incomplete)) throw error
  }
  return messages
}

function readAll(text: string, kind: 'request' | readonly string[], messages: StrictMessage[]): void {
  let at = 0
  let answered = 0
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end < 0) throw new Incomplete(`no end of head behind ${at}`)
    const [startLine = '', ...rest] = text.slice(at, end).split('\r\n')
    const method = kind === 'request' ? startLine.split(' ')[0]! : (kind[answered] ?? 'GET')
    const start =
      kind === 'request' ? /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP\/1\.1$/ : /^HTTP\/1\.[01] [1-5]\d\d [ -~]*$/
    if (!start.test(startLine)) throw new Error(`bad start line ${startLine}`)
    const lines = rest.map((line) => {
      const match =
        /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*$/.exec(
          line,
        )
      if (match === null) throw new Error(`bad line ${JSON.stringify(line)}`)
      return [match[1]!.toLowerCase(), match[2]!] as const
    })
    const bodiless = kind !== 'request' && (method === 'HEAD' || / (1\d\d|204|304) /.test(startLine))
    const [body, next] = readBody(text, end + 4, lines, bodiless, kind === 'request')
    messages.push({ startLine, lines, body })
    if (!/ 1\d\d /.test(startLine)) answered++
    // Behind these comes whatever the two ends have agreed on.
    if (
      method === 'CONNECT' ||
      startLine.includes(' 101 ') ||
      (kind === 'request' && lines.some(([name]) => name === 'upgrade'))
    )
      return
    at = next
  }
}

function readBody(
  text: string,
  from: number,
  lines: StrictMessage['lines'],
  bodiless: boolean,
  request: boolean,
): [string, number] {
  const lengths = lines.filter(([name]) => name === 'content-length')
  const codings = lines.filter(([name]) => name === 'transfer-encoding')
  if (lengths.length + codings.length > 1) throw new Error('more than one framing field')
  if (bodiless) return ['', from]
  if (codings.length === 1) {
    if (codings[0]![1] !== 'chunked') throw new Error('a coding that is not chunked')
    return readChunks(text, from)
  }
  if (lengths.length === 0) return request ? ['', from] : [text.slice(from), text.length]
  const length = lengths[0]![1]
  if (!/^\d+$/.test(length)) throw new Error(`bad length ${length}`)
  if (from + Number(length) > text.length) throw new Incomplete('no end of body')
  return [text.slice(from, from + Number(length)), from + Number(length)]
}

function readChunks(text: string, from: number): [string, number] {
  let body = ''
  let at = from
  for (;;) {
    const match = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20))
    if (match === null)
      throw /^[0-9a-f]*\r?$/.test(text.slice(at)) ? new Incomplete('no end of size') : new Error(`bad chunk at ${at}`)
    const size = Number.parseInt(match[1]!, 16)
    at += match[0].length
    body += text.slice(at, at + size)
    at += size
    if (size > 0 && at + 2 > text.length) throw new Incomplete('no end of chunk')
    if (size === 0) at = trailersEnd(text, at)
    if (text.slice(at, at + 2) !== '\r\n') throw new Error(`no end of chunk at ${at}`)
    at += 2
    if (size === 0) return [body, at]
  }
}

/** Where the empty line behind the trailers begins. */
function trailersEnd(text: string, from: number): number {
  let at = from
  while (text.slice(at, at + 2) !== '\r\n') {
    const end = text.indexOf('\r\n', at)
    if (end < 0) throw new Incomplete('no end of trailers')
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*$/.test(text.slice(at, end)))
      throw new Error(`bad trailer at ${at}`)
    at = end + 2
  }
  return at
}
