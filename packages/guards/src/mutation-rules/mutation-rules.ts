import type { Message } from '@nuncio/config'
import { compileRegexMatcher, type ConfigPlace } from '@nuncio/matching'

type Config = Message<'envoy.config.common.mutation_rules.v3.HeaderMutationRules'>
type Test = (name: string) => boolean

/** `refused`: the change is left out. `error`: what asked for it has broken the rules, and its whole answer with it. */
export type MutationVerdict = 'ok' | 'refused' | 'error'

const ROUTING = new Set(['host', ':authority', ':scheme', ':method'])

/** Which headers a service may change (`HeaderMutationRules`). Names are lower-case. */
export class MutationRules {
  readonly #config: Config
  readonly #allowed: Test | undefined
  readonly #disallowed: Test | undefined

  constructor(config: Config, place: ConfigPlace) {
    const test = (field: 'allow_expression' | 'disallow_expression'): Test | undefined => {
      if (config[field] === undefined) return undefined
      const regex = compileRegexMatcher(config[field], place.at(field, config[field]))
      return (name) => regex?.matches(name) === true
    }
    this.#config = config
    this.#allowed = test('allow_expression')
    this.#disallowed = test('disallow_expression')
  }

  /** Pseudo headers and the host can be replaced, where that is allowed, but never be removed or added to. */
  check(operation: 'set' | 'append' | 'remove', name: string): MutationVerdict {
    if (this.#permits(operation, name)) return 'ok'
    return this.#config.disallow_is_error === true ? 'error' : 'refused'
  }

  #permits(operation: 'set' | 'append' | 'remove', name: string): boolean {
    const system = name.startsWith(':')
    if (operation !== 'set' && (system || name === 'host')) return false
    if (this.#disallowed?.(name) === true) return false
    if (this.#allowed?.(name) === true) return true
    const {
      disallow_all: none,
      disallow_system: noSystem,
      allow_all_routing: routing,
      allow_envoy: envoy,
    } = this.#config
    if (none === true || (noSystem === true && system)) return false
    if (routing !== true && ROUTING.has(name)) return false
    return envoy === true || !name.startsWith('x-envoy')
  }
}
