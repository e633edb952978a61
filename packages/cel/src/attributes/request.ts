import { type RequestHeaders, requestHeaderBytes } from '@nuncio/core'
import { pathOnly } from '@nuncio/matching'
import { type AttributeTable, between } from './attribute.ts'
import { headersAsMap, text } from './text.ts'

const PSEUDO = [':authority', ':method', ':path', ':scheme']

const headerNamed =
  (name: string) =>
  ({ request }: { readonly request: RequestHeaders | undefined }): string | undefined => {
    const value = request?.get(name)
    return value === undefined ? undefined : text(value)
  }

/** `request.*` */
export const requestAttributes: AttributeTable = {
  headers: ({ request }) => request && headersAsMap(request, PSEUDO),
  path: ({ request }) => request && text(request.path),
  url_path: ({ request }) => request && text(pathOnly(request.path)),
  query: ({ request }) => request && queryOf(request.path),
  host: ({ request }) => request && text(request.authority),
  scheme: ({ request }) => request?.scheme,
  method: ({ request }) => request?.method,
  referer: headerNamed('referer'),
  useragent: headerNamed('user-agent'),
  id: headerNamed('x-request-id'),
  protocol: ({ info }) => info.protocol || undefined,
  time: ({ info }, make) => make.timestamp(info.startWallMs),
  duration: ({ info }, make) => between(make, info.startMs, info.endMs),
  size: ({ request, info }) => request && BigInt(sizeOf(request, info.bytesReceived)),
  total_size: ({ request, info }) => request && BigInt(info.bytesReceived + requestHeaderBytes(request)),
}

function queryOf(path: string): string {
  const mark = path.indexOf('?')
  return mark < 0 ? '' : text(path.slice(mark + 1))
}

/** What its head says, before its body came; else what came. */
function sizeOf(request: RequestHeaders, received: number): number {
  const length = request.get('content-length') ?? ''
  return /^\d{1,15}$/.test(length) ? Number(length) : received
}
