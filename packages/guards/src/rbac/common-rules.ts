import type { Message } from '@nuncio/config'
import { CidrSet, compileHeaderMatcher, compilePathMatcher, type ConfigPlace, MetadataMatcher } from '@nuncio/matching'
import type { StreamInfo } from '@nuncio/core'
import { type RbacScope, type Rule, rule } from './rule.ts'

/** What permissions and principals have in common. */
interface Common {
  readonly header?: Message<'envoy.config.route.v3.HeaderMatcher'>
  readonly url_path?: Message<'envoy.type.matcher.v3.PathMatcher'>
  readonly metadata?: Message<'envoy.type.matcher.v3.MetadataMatcher'>
  readonly sourced_metadata?: Message<'envoy.config.rbac.v3.SourcedMetadata'>
}

/** Compiles the kinds that permissions and principals share; undefined: it is another kind, or not for this scope. */
export function compileCommon(config: Common, place: ConfigPlace, scope: RbacScope): Rule | undefined {
  if (scope === 'connection' && (config.header ?? config.url_path) !== undefined) return undefined
  if (config.header !== undefined) {
    const matcher = compileHeaderMatcher(config.header, place.at('header', config.header))
    return rule(({ requestHeaders }) => matcher.matches(requestHeaders))
  }
  if (config.url_path !== undefined) {
    const matcher = compilePathMatcher(config.url_path, place.at('url_path', config.url_path))
    return rule(({ requestHeaders }) => matcher.matches(requestHeaders.path))
  }
  if (config.metadata !== undefined) return dynamicMetadata(config.metadata, place.at('metadata', config.metadata))
  const sourced = config.sourced_metadata
  if (sourced === undefined) return undefined
  const at = place.at('sourced_metadata', sourced).at('metadata_matcher', sourced.metadata_matcher)
  return sourced.metadata_source === 'ROUTE'
    ? routeMetadata(sourced.metadata_matcher ?? {}, at)
    : dynamicMetadata(sourced.metadata_matcher ?? {}, at)
}

function dynamicMetadata(config: NonNullable<Common['metadata']>, place: ConfigPlace): Rule {
  const matcher = new MetadataMatcher(config, place)
  return rule(({ info }) => matcher.matches(info.metadata ?? info.connection.metadata))
}

function routeMetadata(config: NonNullable<Common['metadata']>, place: ConfigPlace): Rule {
  const matcher = new MetadataMatcher(config, place)
  const namespace = matcher.namespace
  return rule((subject) => {
    const fields = subject.route()?.metadata[namespace]
    return matcher.matches(fields === undefined ? undefined : new Map([[namespace, fields]]))
  })
}

/** Whether an address lies in a CIDR range. */
export function addressRule(
  range: Message<'envoy.config.core.v3.CidrRange'>,
  place: ConfigPlace,
  field: string,
  address: (info: StreamInfo) => string,
): Rule {
  const ranges = new CidrSet()
  const { address_prefix: prefix = '', prefix_len: length = 0 } = range
  if (!ranges.add(prefix, length))
    place.at(field, range).error('malformed-address', `${prefix}/${length} is not a CIDR range`)
  return rule(({ info }) => ranges.has(address(info)))
}
