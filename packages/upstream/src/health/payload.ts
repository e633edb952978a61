import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'

type Payload = Message<'envoy.config.core.v3.HealthCheck.Payload'>

/** The bytes of a payload, which is written as hex digits or as bytes. */
export function payloadBytes(payload: Payload, place: ConfigPlace): Buffer {
  if (payload.binary !== undefined) return Buffer.from(payload.binary)
  const text = payload.text ?? ''
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    place.at('text').error('bad-value', 'a payload is written in hex digits, two a byte')
    return Buffer.alloc(0)
  }
  return Buffer.from(text, 'hex')
}

/** Whether blocks come in data in their order; anything may stand between them. */
export function blocksMatch(blocks: readonly Buffer[], data: Buffer): boolean {
  let at = 0
  for (const block of blocks) {
    const found = data.indexOf(block, at)
    if (found < 0) return false
    at = found + block.length
  }
  return true
}
