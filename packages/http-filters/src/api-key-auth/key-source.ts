import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import { type ConfigPlace, cookieValue, percentDecoded, decodedQueryParameter } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.http.api_key_auth.v3.KeySource'>

/** A place where a request may carry its key. */
export interface KeySource {
  /** The key; undefined when this place has none. */
  find(headers: RequestHeaders): string | undefined
  /** Takes the key out of the request. */
  hide(headers: RequestHeaders): void
}

/** Compiles `key_sources` of the message at `place`, in the order in which they are asked. */
export function compileSources(configs: readonly Config[] | undefined, place: ConfigPlace): readonly KeySource[] {
  return (configs ?? []).flatMap((config, i): KeySource[] => {
    if (config.header) return [headerSource(config.header.toLowerCase())]
    if (config.query) return [querySource(config.query)]
    if (config.cookie) return [cookieSource(config.cookie)]
    place.item('key_sources', i, config).error('missing-field', 'a key source needs a header, query or cookie')
    return []
  })
}

function headerSource(name: string): KeySource {
  return {
    find: (headers) => {
      const value = headers.get(name)
      return value?.startsWith('Bearer ') === true ? value.slice(7) : value
    },
    hide: (headers) => void headers.remove(name),
  }
}

function querySource(name: string): KeySource {
  return {
    find: (headers) => decodedQueryParameter(headers.path, name),
    hide: (headers) => {
      const mark = headers.path.indexOf('?')
      if (mark < 0) return
      const kept = headers.path
        .slice(mark + 1)
        .split('&')
        .filter((part) => percentDecoded(part.split('=', 1)[0]!) !== name)
      const query = kept.join('&')
      headers.path = headers.path.slice(0, mark) + (query === '' ? '' : `?${query}`)
    },
  }
}

function cookieSource(name: string): KeySource {
  return {
    find: (headers) => cookieValue(headers, name),
    hide: (headers) => {
      const kept = headers
        .getAll('cookie')
        .flatMap((line) => line.split(';'))
        .map((part) => part.trim())
        .filter((part) => part !== '' && part.split('=', 1)[0]!.trim() !== name)
      if (kept.length === 0) headers.remove('cookie')
      else headers.set('cookie', kept.join('; '))
    },
  }
}
