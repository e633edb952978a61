import type { FilterStateValue, HeaderMap, ResponseHeaders } from '@nuncio/core'

/** Filter state with the head that the other end of a tunnel answered with. */
export const RESPONSE_HEADERS_STATE = 'envoy.tcp_proxy.propagate_response_headers'
/** The same for trailers. */
export const RESPONSE_TRAILERS_STATE = 'envoy.tcp_proxy.propagate_response_trailers'

type Line = { readonly key: string; readonly value: string }

/** Header lines in filter state: `%FILTER_STATE(key:TYPED)%` prints them as JSON, `FIELD` gives the value of one. */
export class HeaderState implements FilterStateValue {
  readonly #lines: readonly Line[]

  constructor(lines: readonly Line[]) {
    this.#lines = lines
  }

  serialize(): string {
    return ''
  }
  typed(): object {
    return { headers: this.#lines }
  }
  field(name: string): string | undefined {
    return this.#lines.find((line) => line.key === name.toLowerCase())?.value
  }
}

export function headerState(headers: ResponseHeaders): HeaderState {
  return new HeaderState([{ key: ':status', value: String(headers.status) }, ...linesOf(headers)])
}

export function trailerState(trailers: HeaderMap): HeaderState {
  return new HeaderState(linesOf(trailers))
}

function linesOf(headers: HeaderMap): Line[] {
  const lines: Line[] = []
  headers.forEach((name, value) => {
    if (!name.startsWith(':')) lines.push({ key: name.toLowerCase(), value })
  })
  return lines
}
