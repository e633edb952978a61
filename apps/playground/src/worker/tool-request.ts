import type { ToolRequest } from '@nuncio/checks'
import { NuncioError } from '@nuncio/core'
import type { AskedRequest } from './protocol.ts'

/** Throws `ERR_NUNCIO_ARGUMENT` for what is no request. */
export function toolRequest({ method, url, headers, source, random }: AskedRequest): ToolRequest {
  return {
    url,
    method: method === '' ? 'GET' : method,
    headers: headers
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(headerOf),
    random: /^\d{1,20}$/.test(random) ? BigInt(random) : 0,
    source: source === '' ? undefined : source,
  }
}

function headerOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':', 1)
  if (colon < 0)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `${JSON.stringify(line)} is no header`, { hint: 'write name: value' })
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}
