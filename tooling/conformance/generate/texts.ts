import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { formatText } from './operators.ts'

/** Texts with command operators that say the same of the same request in two proxies. */
export const TEXTS = [
  'set', '%REQ(x-a)%', '%REQ(:path)%', '%PROTOCOL%', 'a%%b', '%REQ(x-none?x-b):2%', '%ROUTE_NAME%',
  '%DYNAMIC_METADATA(m:k)%', '%FILTER_STATE(own:PLAIN)%', '%METADATA(ROUTE:m:k)%', '%QUERY_PARAM(k)%', '%PATH(NQ)%',
  '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '%REQUESTED_SERVER_NAME%',
  '%REQUEST_HEADER(x-b)%',
] // prettier-ignore

const OF_RESPONSES = [
  '%RESPONSE_CODE%',
  '%RESP(x-origin)%',
  '%RESPONSE_CODE_DETAILS%',
  '%UPSTREAM_CLUSTER%',
  '%RESPONSE_FLAGS%',
]

/** A `HeaderValueOption`. */
export function headerOption(side: 'request' | 'response'): fc.Arbitrary<Tree> {
  return fc
    .tuple(
      fc.constantFrom('x-a', 'x-new', 'X-Other'),
      fc.oneof(fc.constantFrom(...TEXTS, ...(side === 'response' ? OF_RESPONSES : [])), formatText),
      fc.constantFrom('APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS'),
      fc.boolean(),
    )
    .map(([key, value, append_action, keep]) => ({
      header: { key, value },
      append_action,
      ...(keep && { keep_empty_value: true }),
    }))
}

/** Headers to add and to remove, of requests or responses. */
export function mutations(side: 'request' | 'response'): fc.Arbitrary<Tree> {
  return merged(
    maybe(
      fc
        .array(headerOption(side), { minLength: 1, maxLength: 2 })
        .map((list) => ({ [`${side}_headers_to_add`]: list })),
    ),
    maybe(
      fc
        .constantFrom('x-a', 'X-B', 'x-origin', 'user-agent')
        .map((name) => ({ [`${side}_headers_to_remove`]: [name] })),
    ),
  )
}
