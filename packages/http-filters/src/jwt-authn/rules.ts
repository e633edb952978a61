import type { Message } from '@nuncio/config'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { type ConfigPlace, filterStateValue } from '@nuncio/matching'
import { compileRouteTable, type RouteTable } from '@nuncio/router'
import type { Provider } from './provider.ts'
import { compileRequirement, type Requirement } from './requirement.ts'

type Config = Message<'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication'>

/** Which requirement holds for a request: by its route's name for one, by the rules, by filter state. */
export class Rules {
  /** Undefined under a name: nothing is required. */
  readonly named: ReadonlyMap<string, Requirement | undefined>
  readonly #table: RouteTable
  readonly #required: readonly (Requirement | undefined)[]
  readonly #stateKey: string
  readonly #byState: ReadonlyMap<string, Requirement | undefined>

  constructor(config: Config, providers: ReadonlyMap<string, Provider>, place: ConfigPlace, context: FilterContext) {
    const compileMap = (map: Config['requirement_map'], at: ConfigPlace): Map<string, Requirement | undefined> =>
      new Map(Object.entries(map ?? {}).map(([key, one]) => [key, compileRequirement(one, providers, at.at(key, one))]))
    this.named = compileMap(config.requirement_map, place.at('requirement_map', config.requirement_map))
    this.#required = (config.rules ?? []).map((rule, i) => {
      const at = place.item('rules', i, rule)
      if (rule.requires !== undefined)
        return compileRequirement(rule.requires, providers, at.at('requires', rule.requires))
      const name = rule.requirement_name
      if (name !== undefined && !this.named.has(name))
        at.at('requirement_name').error('dangling-reference', `there is no requirement ${JSON.stringify(name)}`)
      return name === undefined ? undefined : this.named.get(name)
    })
    this.#table = compileMatches(config, place, context)
    const state = config.filter_state_rules
    this.#stateKey = state?.name ?? ''
    this.#byState = compileMap(state?.requires, place.at('filter_state_rules', state).at('requires', state?.requires))
  }

  /** Undefined: nothing is required. */
  find(stream: FilterStream): Requirement | undefined {
    const rule = this.#table.route(stream.requestHeaders, stream.info, stream.random)
    if (rule !== undefined) return this.#required[rule.info.index]
    if (this.#stateKey === '') return undefined
    const value = filterStateValue(stream.info, this.#stateKey)
    return value === undefined ? undefined : this.#byState.get(value.serialize())
  }
}

/** The matches of the rules as a route table: they see a request as routes do. */
function compileMatches(config: Config, place: ConfigPlace, context: FilterContext): RouteTable {
  const routes = (config.rules ?? []).map(({ match = {} }) => ({ match, direct_response: { status: 200 } }))
  const { sources, runtime } = context
  const prefix = 'virtual_hosts[0].routes'
  return compileRouteTable(
    { virtual_hosts: [{ name: 'rules', domains: ['*'], routes }] },
    {
      sources,
      runtime,
      matchesOnly: true,
      report: (problem) => context.report({ ...problem, path: problem.path.replace(prefix, `${place.path}.rules`) }),
    },
  )
}
