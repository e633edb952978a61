import type { RouteTestRow } from './protocol.ts'
import { toolRequest } from './tool-request.ts'

/** A row as a test of a `*.routes.test.yaml`. Throws `ERR_NUNCIO_ARGUMENT` for what is no request. */
export function testOf({ request, expect }: RouteTestRow): object {
  const { method, url, headers = [], source } = toolRequest(request)
  const lines = new Map<string, string[]>()
  for (const [name, value] of headers) lines.set(name, [...(lines.get(name) ?? []), value])
  return {
    request: `${method} ${url}`,
    ...(lines.size > 0 && {
      headers: Object.fromEntries([...lines].map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
    }),
    ...(source !== undefined && { source }),
    ...(/^\d+$/.test(request.random) && { random: Number(request.random) }),
    ...(Object.keys(expect).length > 0 && { expect }),
  }
}
