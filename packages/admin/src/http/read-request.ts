import type { IncomingMessage } from 'node:http'
import type { AdminRequest } from '../endpoint.ts'

/** Bytes of a body that are read; a longer one is refused. */
const MAX_BODY = 1024 * 1024

const FORM = 'application/x-www-form-urlencoded'

/** The path before the query. */
export function pathOf(target: string | undefined): string {
  const path = target ?? '/'
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/** The whole request with its parameters; undefined when the body is too long. */
export async function readRequest(incoming: IncomingMessage): Promise<AdminRequest | undefined> {
  const body = await readBody(incoming)
  if (body === undefined) return undefined
  const target = incoming.url ?? '/'
  const query = target.indexOf('?')
  const params = new Map<string, string>()
  if (query >= 0) addParams(params, target.slice(query + 1))
  if (incoming.headers['content-type']?.split(';')[0]?.trim() === FORM) addParams(params, body.toString('latin1'))
  return { method: incoming.method ?? 'GET', path: pathOf(target), params, headers: incoming.headers, body }
}

/** Rejects when the client goes away. The rest of a body that is too long is left unread. */
function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>()
  const chunks: Buffer[] = []
  let size = 0
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_BODY) chunks.push(chunk)
    else {
      incoming.pause()
      resolve(undefined)
    }
  })
  incoming.on('end', () => resolve(Buffer.concat(chunks)))
  incoming.on('error', reject)
  incoming.on('close', () => reject(new Error('the client went away')))
  return promise
}

function addParams(params: Map<string, string>, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) if (!params.has(name)) params.set(name, value)
}
