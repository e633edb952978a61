import { latin1Bytes } from '@nuncio/core'
import type { RunOptions, SeenRequest, UpstreamAnswer } from '@nuncio/filter-chain/testing'

export type FilterRequest = NonNullable<RunOptions['request']>
type Body = NonNullable<FilterRequest['body']>

/** A way to cut bytes into chunks. */
export interface Split {
  readonly name: string
  cut(bytes: Uint8Array): Uint8Array[]
}

/** The whole body in one chunk: what all others are compared with. */
export const WHOLE: Split = { name: 'in one chunk', cut: (bytes) => [bytes] }

/** Cuts at which filters that assume something about chunks show it. */
export const SPLITS: readonly Split[] = [
  { name: 'cut in the middle', cut: (bytes) => cutAt(bytes, [bytes.length >> 1]) },
  { name: 'its first byte apart', cut: (bytes) => cutAt(bytes, [1]) },
  { name: 'its last byte apart', cut: (bytes) => cutAt(bytes, [bytes.length - 1]) },
  { name: 'in chunks of 3 bytes', cut: (bytes) => pieces(bytes, 3) },
  { name: 'byte by byte', cut: (bytes) => pieces(bytes, 1) },
]

/** No more chunks than this, so that large bodies stay quick. */
const MOST_CHUNKS = 1024

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const step = Math.max(size, Math.ceil(bytes.length / MOST_CHUNKS))
  return cutAt(
    bytes,
    Array.from({ length: Math.ceil(bytes.length / step) - 1 }, (_, i) => (i + 1) * step),
  )
}

function cutAt(bytes: Uint8Array, ends: readonly number[]): Uint8Array[] {
  const bounds = [0, ...ends, bytes.length]
  return bounds.slice(1).flatMap((end, i) => (end > bounds[i]! ? [bytes.slice(bounds[i], end)] : []))
}

export function splitRequest(request: FilterRequest, split: Split): FilterRequest {
  return request.body === undefined ? request : { ...request, body: split.cut(bytesOf(request.body)) }
}

export function splitUpstream(
  upstream: NonNullable<RunOptions['upstream']>,
  split: Split,
): (request: SeenRequest) => UpstreamAnswer {
  return (request) => {
    const answer = typeof upstream === 'function' ? upstream(request) : upstream
    return answer.body === undefined ? answer : { ...answer, body: split.cut(bytesOf(answer.body)) }
  }
}

function bytesOf(body: Body): Uint8Array {
  const parts = (typeof body === 'string' || body instanceof Uint8Array ? [body] : body).map((part) =>
    typeof part === 'string' ? latin1Bytes(part) : part,
  )
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
