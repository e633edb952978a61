import { CEL_MATCHERS } from '@nuncio/cel'
import { isMessage, type Message } from '@nuncio/config'
import {
  compileMatchTree,
  type ConfigPlace,
  HTTP_INPUTS,
  type HttpMatchData,
  httpMatchData,
  type InputRegistry,
  type MatchTree,
  NETWORK_INPUTS,
  setHttpMatchData,
} from '@nuncio/matching'
import type { Judgement, RbacEngine } from './engine.ts'
import type { RbacScope, RbacSubject } from './rule.ts'

interface Action {
  readonly name: string
  readonly action: 'ALLOW' | 'DENY' | 'LOG'
}

/** A request is judged by its head and its connection; as in Envoy nothing else may be asked about. */
const OTHER =
  /\.(?:Http(?:RequestTrailer|RequestQueryParam|Response\w+)MatchInput|(?:TransportProtocol|ApplicationProtocol|SourceType)Input)$/
const REQUEST_INPUTS: InputRegistry<HttpMatchData> = new Map([...HTTP_INPUTS].filter(([type]) => !OTHER.test(type)))

const NOBODY: Judgement = { allowed: false, policy: undefined, logs: undefined }

/** A match tree whose leaves say what becomes of a subject. What none of them is for is refused. */
export class MatcherEngine implements RbacEngine {
  readonly #tree: MatchTree<HttpMatchData, Action>
  /** Scratch: filled and read while one subject is judged. */
  readonly #data = httpMatchData()

  constructor(config: Message<'xds.type.matcher.v3.Matcher'>, place: ConfigPlace, scope: RbacScope) {
    this.#tree = compileMatchTree(config, place, {
      ...(scope === 'request' && { dataMatchers: CEL_MATCHERS }),
      inputs: scope === 'request' ? REQUEST_INPUTS : NETWORK_INPUTS,
      action: (typed, _, at) => {
        if (isMessage(typed, 'envoy.config.rbac.v3.Action'))
          return { name: typed.name ?? '', action: typed.action ?? 'ALLOW' }
        at.error('unsupported', `the action of a rule is an envoy.config.rbac.v3.Action, not ${typed['@type']}`)
        return undefined
      },
    })
  }

  judge({ requestHeaders, info }: RbacSubject): Judgement {
    setHttpMatchData(this.#data, requestHeaders, info)
    const found = this.#tree.match(this.#data)
    if (found === undefined) return NOBODY
    const { name: policy, action } = found
    return { allowed: action !== 'DENY', policy, logs: action === 'LOG' ? true : undefined }
  }
}
