import { STATUS_CODES } from 'node:http'

const LINES_11 = statusLines('HTTP/1.1')
const LINES_10 = statusLines('HTTP/1.0')

function statusLines(version: string): readonly string[] {
  return Array.from({ length: 600 }, (_, status) => `${version} ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`)
}

/** `HTTP/1.1 200 OK CRLF`. A status outside 100 to 599 cannot be sent; 502 goes out in its place. */
export function statusLine(status: number, http10: boolean): string {
  const line = status >= 100 && status < 600 ? (http10 ? LINES_10 : LINES_11)[status] : undefined
  return line ?? (http10 ? LINES_10 : LINES_11)[502]!
}
