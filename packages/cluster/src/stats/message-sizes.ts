import type { HeaderMap, Histogram, RequestHeaders, ResponseHeaders, StatsScope } from '@nuncio/core'

/** How large heads are: lines with pseudo headers, and bytes of all names and values. */
interface HeadSize {
  readonly count: number
  readonly bytes: number
}

/** Sizes of what each try sends and gets, in bytes: `request_response_sizes`. */
export class MessageSizes {
  readonly #request: SizeHistograms
  readonly #response: SizeHistograms

  /** `scope` is the cluster's. */
  constructor(scope: StatsScope) {
    this.#request = new SizeHistograms(scope, 'upstream_rq_')
    this.#response = new SizeHistograms(scope, 'upstream_rs_')
  }

  request(headers: RequestHeaders, bodyBytes: number): void {
    const { method, path, authority, scheme, protocol } = headers
    this.#request.record(
      headSize(headers, {
        ':method': method,
        ':path': path,
        ':authority': authority,
        ':scheme': scheme,
        ':protocol': protocol,
      }),
      bodyBytes,
    )
  }

  /** The size of a head as the upstream sent it, without the lines that are the connection's (`connection`, `keep-alive`). */
  static ofResponse(headers: ResponseHeaders): HeadSize {
    return headSize(headers, { ':status': String(headers.status) })
  }
  response(head: HeadSize, bodyBytes: number): void {
    this.#response.record(head, bodyBytes)
  }
}

class SizeHistograms {
  readonly #headers: Histogram
  readonly #count: Histogram
  readonly #body: Histogram

  constructor(scope: StatsScope, prefix: string) {
    this.#headers = scope.histogram(`${prefix}headers_size`)
    this.#count = scope.histogram(`${prefix}headers_count`)
    this.#body = scope.histogram(`${prefix}body_size`)
  }

  record(head: HeadSize, bodyBytes: number): void {
    this.#headers.record(head.bytes)
    this.#count.record(head.count)
    this.#body.record(bodyBytes)
  }
}

function headSize(headers: HeaderMap, pseudo: Readonly<Record<string, string>>): HeadSize {
  let [count, bytes] = [headers.size, 0]
  for (const [name, value] of Object.entries(pseudo)) {
    if (value === '') continue
    count++
    bytes += name.length + value.length
  }
  headers.forEach((name, value) => (bytes += name.length + value.length))
  return { count, bytes }
}
