import type { Message } from '@nuncio/config'
import { compileHeaderMatcher, configPlace, type HeaderMatcher } from '@nuncio/matching'

type RouteMatch = Message<'envoy.config.route.v3.RouteMatch'>
type HeaderConfig = Message<'envoy.config.route.v3.HeaderMatcher'>
type FractionConfig = Message<'envoy.config.core.v3.RuntimeFractionalPercent'>

/** One thing that a route asks besides the path. */
export interface Requirement {
  readonly kind: 'fraction' | 'grpc' | 'header' | 'query' | 'tls' | 'metadata' | 'filter-state' | 'cookie'
  /** The same text for the same requirement. */
  readonly key: string
  readonly header: HeaderMatcher | undefined
  /** The only value that a header may have, when there is only one. */
  readonly exact: string | undefined
  readonly fraction: FractionConfig | undefined
  readonly node: object
}

const place = configPlace(undefined, { report: () => {} })

/** What a route asks besides the path, in the order of evaluation; `all`: with what every request meets. */
export function requirementsOf(match: RouteMatch, all = false): readonly Requirement[] {
  const out: Requirement[] = []
  const add = (kind: Requirement['kind'], node: object, more: Partial<Requirement> = {}): void => {
    const base = {
      kind,
      key: `${kind} ${JSON.stringify(node)}`,
      header: undefined,
      exact: undefined,
      fraction: undefined,
      node,
    }
    out.push({ ...base, ...more })
  }
  const fraction = match.runtime_fraction
  if (fraction !== undefined && (all || !isWhole(fraction))) add('fraction', fraction, { fraction })
  if (match.grpc !== undefined) add('grpc', match.grpc)
  for (const config of match.headers ?? []) {
    const exact = exactOf(config)
    const header = compileHeaderMatcher(config, place)
    add('header', config, {
      header,
      exact,
      key: exact === undefined ? `header ${header.describe()}` : `header ${header.name}=${exact}`,
    })
  }
  for (const config of match.query_parameters ?? []) add('query', config)
  const tls = match.tls_context
  if (tls?.presented !== undefined) add('tls', tls, { key: `tls presented ${tls.presented}` })
  if (tls?.validated !== undefined) add('tls', tls, { key: `tls validated ${tls.validated}` })
  for (const config of match.dynamic_metadata ?? []) add('metadata', config)
  for (const config of match.filter_state ?? []) add('filter-state', config)
  for (const config of match.cookies ?? []) add('cookie', config)
  return out
}

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

/** Whether a fraction is all requests, whatever the runtime says. */
function isWhole({ runtime_key: key = '', default_value: value }: FractionConfig): boolean {
  return key === '' && (value?.numerator ?? 0) >= DENOMINATORS[value?.denominator ?? 'HUNDRED']
}

function exactOf(config: HeaderConfig): string | undefined {
  if (
    config.invert_match === true ||
    config.treat_missing_header_as_empty === true ||
    config.string_match?.ignore_case === true
  )
    return undefined
  if (config.string_match !== undefined) return config.string_match.exact
  return config.exact_match === '' ? undefined : config.exact_match
}

/** Whether a request that meets `given` surely meets `wanted`. */
export function implies(given: Requirement, wanted: Requirement): boolean {
  if (given.key === wanted.key) return true
  if (given.kind === 'fraction' && wanted.kind === 'fraction') return fractionImplies(given.fraction!, wanted.fraction!)
  if (given.kind === 'header' && wanted.kind === 'grpc')
    return given.header!.name === 'content-type' && given.exact === 'application/grpc'
  if (given.header === undefined || wanted.header === undefined || given.header.name !== wanted.header.name)
    return false
  // Another line of the header may hold what the wanted one forbids; what begins with a colon has one line.
  if (given.exact !== undefined)
    return (
      (!wanted.header.invert || wanted.header.name.startsWith(':')) &&
      wanted.header.matches({ getJoined: () => given.exact })
    )
  // Every test of a value needs the header to be there, unless absent counts as empty.
  if (wanted.header.present === true && !wanted.header.invert)
    return given.header.present === undefined
      ? !given.header.missingAsEmpty
      : given.header.present && !given.header.invert
  return false
}

function fractionImplies(given: FractionConfig, wanted: FractionConfig): boolean {
  if ((given.runtime_key ?? '') !== '' || (wanted.runtime_key ?? '') !== '') return false
  if ((given.default_value?.denominator ?? 'HUNDRED') !== (wanted.default_value?.denominator ?? 'HUNDRED')) return false
  return (given.default_value?.numerator ?? 0) <= (wanted.default_value?.numerator ?? 0)
}
