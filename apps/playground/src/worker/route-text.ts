import type { Message } from '@nuncio/config'

type Route = Message<'envoy.config.route.v3.Route'>

/** What a route matches, in a few words: `/api*  + 2 conditions`. */
export function matchText({ match, name }: Route): string {
  if (match === undefined) return name ?? ''
  const conditions =
    (match.headers?.length ?? 0) +
    (match.query_parameters?.length ?? 0) +
    (match.runtime_fraction === undefined ? 0 : 1)
  const more = conditions === 0 ? '' : conditions === 1 ? ' + 1 condition' : ` + ${conditions} conditions`
  return `${pathText(match)}${more}`
}

function pathText(match: NonNullable<Route['match']>): string {
  if (match.path !== undefined) return match.path
  if (match.safe_regex !== undefined) return `~ ${match.safe_regex.regex ?? ''}`
  if (match.path_separated_prefix !== undefined) return `${match.path_separated_prefix}/…`
  if (match.connect_matcher !== undefined) return 'CONNECT'
  if (match.path_match_policy !== undefined) return 'template'
  return `${match.prefix ?? ''}…`
}

/** Where a route leads, in words, and which clusters that may be. */
export function routeTarget({ route, redirect, direct_response: direct }: Route): { text: string; clusters: string[] } {
  if (redirect !== undefined) return { text: 'redirect', clusters: [] }
  if (direct !== undefined) return { text: `answers ${direct.status ?? 200}`, clusters: [] }
  if (route?.cluster !== undefined) return { text: `→ ${route.cluster}`, clusters: [route.cluster] }
  const weighted = route?.weighted_clusters?.clusters ?? []
  if (weighted.length > 0) {
    const clusters = weighted.flatMap(({ name }) => name ?? [])
    return { text: `→ ${weighted.map(({ name = '', weight = 0 }) => `${name} ${weight}`).join(', ')}`, clusters }
  }
  return { text: route?.cluster_header === undefined ? '' : `→ by header ${route.cluster_header}`, clusters: [] }
}
