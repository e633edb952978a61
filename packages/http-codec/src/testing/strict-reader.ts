/** A message as a reader sees it that knows nothing of the codec and forgives nothing. */
export interface StrictMessage {
  readonly startLine: string
  readonly lines: readonly (readonly [string, string])[]
  readonly body: string
}

/**
 * Reads requests as strictly as RFC 9112 can be read, and throws at the first doubt: one framing field at most, chunked
 * alone, exact line ends. `responses` to what were the methods of the requests.
 */
export function readStrictly(text: string, kind: 'request' | readonly string[]): StrictMessage[] {
  const messages: StrictMessage[] = []
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end < 0) throw new Error(`no end of head behind ${at}`)
    const [startLine = '', ...rest] = text.slice(at, end).split('\r\n')
    const method = kind === 'request' ? startLine.split(' ')[0]! : (kind[messages.length] ?? 'GET')
    const start = kind === 'request' ? /^[A-Z-]+ [!-~]+ HTTP\/1\.1$/ : /^HTTP\/1\.[01] [1-5]\d\d [ -~]*$/
    if (!start.test(startLine)) throw new Error(`bad start line ${startLine}`)
    const lines = rest.map((line) => {
      const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[^\s\0-\x1f\x7f](?:[\t -~\x80-\xff]*[^\s])?)?)[ \t]*$/.exec(line) // oxlint-disable-line no-control-regex
      if (match === null) throw new Error(`bad line ${JSON.stringify(line)}`)
      return [match[1]!.toLowerCase(), match[2]!] as const
    })
    const bodiless = kind !== 'request' && (method === 'HEAD' || / (1\d\d|204|304) /.test(startLine))
    const [body, next] = readBody(text, end + 4, lines, bodiless, kind === 'request')
    messages.push({ startLine, lines, body })
    at = next
  }
  return messages
}

function readBody(text: string, from: number, lines: StrictMessage['lines'], bodiless: boolean, request: boolean): [string, number] {
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
  if (!/^\d+$/.test(length) || from + Number(length) > text.length) throw new Error(`bad length ${length}`)
  return [text.slice(from, from + Number(length)), from + Number(length)]
}

function readChunks(text: string, from: number): [string, number] {
  let body = ''
  let at = from
  for (;;) {
    const match = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20))
    if (match === null) throw new Error(`bad chunk at ${at}`)
    const size = Number.parseInt(match[1]!, 16)
    at += match[0].length
    body += text.slice(at, at + size)
    at += size
    if (text.slice(at, at + 2) !== '\r\n') throw new Error(`no end of chunk at ${at}`)
    at += 2
    if (size === 0) return [body, at]
  }
}
