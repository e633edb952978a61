import { requestHeaders, StatsStore } from '@nuncio/core'
import { Http2ClientConnection } from '../http2/client-connection.ts'
import type { Http2ClientStream } from '../http2/client-stream.ts'
import { Http2Stats } from '../http2/http2-stats.ts'
import { type Http2Options, http2Options } from '../http2/options.ts'
import { WriteBatch } from '../write-batch.ts'
import { MemorySocket } from './memory-socket.ts'

const SIZES = { initialStreamWindow: 65_535, initialConnectionWindow: 100_000, streamResetBurst: Number.POSITIVE_INFINITY } // prettier-ignore
const REQUEST = requestHeaders([[':method', 'POST'], [':path', '/'], [':authority', 'a.test'], [':scheme', 'http']]) // prettier-ignore

/** What a request was told, one letter each: Headers, Data, End, Reset. */
interface Asked {
  readonly stream: Http2ClientStream
  told: string
}

/**
 * Feeds what a host says, in pieces of `size`, to a client connection with four requests: one that is complete, one whose
 * body is still to come, one that waits for its window, and one that is read late. Throws when what came of it breaks a
 * promise: more than one end, an end that is counted twice or behind the end of the connection, gauges that do not go back
 * to nothing.
 */
export function exerciseHttp2Client(bytes: Uint8Array, size: number, options: Partial<Http2Options> = {}): void {
  const socket = new MemorySocket()
  const store = new StatsStore()
  let streams = 0
  let ended = false
  const callbacks = {
    onStreamEnd: () => {
      streams--
      check(!ended, 'a stream ended behind its connection')
    },
    onMaxStreams: () => {},
    onGoodbye: () => {},
    onProtocolError: () => {},
    onEnd: () => {
      check(!ended, 'a connection ended twice')
      ended = true
    },
  }
  const batch = new WriteBatch({ monotonicMs: () => 0 })
  const connection = new Http2ClientConnection(socket, callbacks, { options: http2Options({ ...SIZES, ...options }), stats: new Http2Stats(store.scope('')), batch, secure: false }) // prettier-ignore
  const asked: Asked[] = []
  const ask = (end: boolean): Http2ClientStream => {
    const one: Asked = { told: '', stream: connection.newStream(tell(() => one)) }
    asked.push(one)
    streams++
    one.stream.encodeHeaders(REQUEST, end)
    return one.stream
  }
  batch.enter()
  connection.start()
  ask(true)
  ask(false).encodeData(Buffer.from('some'), false)
  ask(false).encodeData(Buffer.alloc(100_000), true)
  ask(true).readDisable(true)
  batch.leave()
  for (let at = 0; at < bytes.length; at += size) socket.push(bytes.subarray(at, at + size))
  batch.enter()
  for (const { stream } of asked) stream.readDisable(false)
  batch.leave()
  const open = connection.activeStreams
  check(ended || open === streams, `${open} streams are open, ${streams} by what was told`)
  socket.pushEnd()
  for (const { told } of asked) check(/^H?D*[ER]$|^H?D*$/.test(told) && (!ended || /[ER]$/.test(told)), `told ${told}`)
  const left = (name: string): number => store.gauges.get(name)!.value
  check(left('streams_active') === 0 && left('pending_send_bytes') === 0, 'something was left')
}

function tell(one: () => Asked): ConstructorParameters<typeof Http2ClientStream>[1] {
  const add = (what: string): void => void (one().told += what)
  return {
    onInformational: () => {},
    onHeaders: (_headers, end) => add(end ? 'HE' : 'H'),
    onData: (_chunk, end) => add(end ? 'DE' : 'D'),
    onTrailers: () => add('E'),
    onReset: () => add('R'),
    onWritable: () => {},
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as promised: ${what}`)
}
