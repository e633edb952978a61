/** `wait`: the line is not whole yet. */
export type Detected = 'http/1.0' | 'http/1.1' | 'h2c' | 'none' | 'wait'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const LF = 10
const SPACE = 32
const TOKEN = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN[char.charCodeAt(0)] = 1

/**
 * Which HTTP the first bytes of a connection speak: HTTP/2 by its preface, else HTTP/1 by a first line that begins with
 * a method. As in Envoy whatever does not end in `HTTP/1.1` counts as 1.0.
 */
export function detectHttp(data: Buffer): Detected {
  const shown = Math.min(data.length, PREFACE.length)
  if (PREFACE.compare(data, 0, shown, 0, shown) === 0) return shown === PREFACE.length ? 'h2c' : 'wait'
  let at = 0
  while (at < data.length && TOKEN[data[at]!] === 1) at++
  if (at === data.length) return 'wait'
  if (at === 0 || data[at] !== SPACE) return 'none'
  const end = data.indexOf(LF, at)
  if (end < 0) return 'wait'
  return /HTTP\/1\.1\r?$/.test(data.toString('latin1', Math.max(at, end - 10), end)) ? 'http/1.1' : 'http/1.0'
}
