import { responseHeaders } from '@nuncio/core'
import { readStrictly, type StrictMessage } from '@nuncio/http-codec/testing'
import type { Exchange } from './exchange.ts'
import { bodyOf, type Plan } from './plans.ts'
import type { Wire } from './wire.ts'

const CHUNK = 777

/** A client of HTTP/1 that waits for no answer before its next request, and reads by rules of its own. */
export class PipelinedClient {
  readonly wire: Wire
  readonly exchanges: Exchange[] = []
  #text = ''
  #ended = false

  constructor(wire: Wire) {
    this.wire = wire
    wire.peer.on('data', (chunk: Buffer) => void (this.#text += chunk.toString('latin1')))
    wire.peer.on('end', () => {
      this.#ended = true
      wire.peer.end()
    })
    wire.peer.on('close', () => void (this.#ended = true))
  }

  open(exchange: Exchange): boolean {
    const { peer } = this.wire
    if (peer.destroyed || peer.ended) return false
    peer.write(requestText(exchange.plan))
    exchange.wrote()
    return true
  }

  /** Gives each request the answer that stands for it. */
  read(): void {
    const methods = this.exchanges.map(({ plan }) => plan.method)
    const answers = readStrictly(this.#text, methods, true).filter(
      ({ startLine }) => !startLine.startsWith('HTTP/1.1 1'),
    )
    if (answers.length > this.exchanges.length) throw new Error('more answers than requests')
    for (const [i, exchange] of this.exchanges.entries()) {
      if (exchange.over) continue
      const answer = answers[i]
      if (answer !== undefined) tell(exchange, answer)
      else if (this.#ended) exchange.onReset('connection termination', '')
    }
  }
}

function tell(exchange: Exchange, { body, lines, startLine }: StrictMessage): void {
  const headers = responseHeaders(Number(startLine.split(' ')[1]), lines)
  exchange.onHeaders(headers, body === '')
  if (body !== '') exchange.onData(Buffer.from(body, 'latin1'), true)
}

function requestText({ asks, asksLength, asksTrailers, expects, id, method, path }: Plan): string {
  const chunked = method === 'POST' && !asksLength
  const framing = chunked ? 'transfer-encoding: chunked\r\n' : asksLength ? `content-length: ${asks}\r\n` : ''
  const expect = expects ? 'expect: 100-continue\r\n' : ''
  const head = `${method} ${path} HTTP/1.1\r\nhost: a.test\r\nx-id: ${id}\r\n${framing}${expect}\r\n`
  if (!chunked) return head + (asksLength ? bodyText(id, 0, asks) : '')
  let body = ''
  for (let at = 0; at < asks; at += CHUNK) {
    const to = Math.min(asks, at + CHUNK)
    body += `${(to - at).toString(16)}\r\n${bodyText(id, at, to)}\r\n`
  }
  return `${head}${body}0\r\n${asksTrailers ? `x-t: ${id}\r\n` : ''}\r\n`
}

function bodyText(id: number, from: number, to: number): string {
  return bodyOf(id, true, from, to).toString('latin1')
}
