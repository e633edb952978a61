import { type HttpFilterDefinition, localReply } from '@nuncio/filter-chain'
import { describe, expect, it } from 'vitest'
import type { ToolRequest } from '../../request/tool-request.ts'
import { bootstrap, viewOf } from '../../testing/yaml.ts'
import { type ExplainOptions, explainRequest, type RequestExplanation } from '../explain-request.ts'
import { printExplanation, verdict } from '../print.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.filters.http'
const ROUTER = '- name: envoy.filters.http.router'

/** A filter of the chain, by the part of its type that is its own. */
const filter = (name: string, type: string, config = ''): string =>
  `- { name: ${name}, typed_config: { "@type": ${TYPE}.${type}, ${config} } }\n          `

const ROUTES = `
  virtual_hosts:
  - name: all
    domains: ['*']
    routes:
    - name: beta
      match: { prefix: /, headers: [{ name: x-beta }] }
      route: { cluster: a, prefix_rewrite: /beta/ }
    - name: private
      match: { prefix: /private }
      route: { cluster: a }
      typed_per_filter_config:
        deny: { "@type": ${TYPE}.rbac.v3.RBACPerRoute, rbac: { rules: { action: DENY, policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } } } }
    - name: rest
      match: { prefix: / }
      request_headers_to_add: [{ header: { key: x-copy, value: "%REQ(x-made)%" } }]
      route: { cluster: a, timeout: 3s }`

function explain(filters: string, request: ToolRequest | string, options: ExplainOptions = {}): RequestExplanation {
  const yaml = bootstrap({ routeConfig: ROUTES }).replace(ROUTER, filters + ROUTER)
  return explainRequest(viewOf(yaml), typeof request === 'string' ? { url: request } : request, options)
}
const steps = (explanation: RequestExplanation): string[] => explanation.filters.map(({ text }) => text)

const DENY = filter('deny', 'rbac.v3.RBAC')
const MUTATE = filter(
  'mutate',
  'header_mutation.v3.HeaderMutation',
  'mutations: { request_mutations: [{ append: { header: { key: x-made, value: "%REQ(:path)%" } } }, { append: { header: { key: x-beta, value: "1" } } }, { remove: x-gone }] }',
)

describe('the filters before the router', () => {
  it('tell what they changed, each with its line', () => {
    const told = explain(
      MUTATE +
        filter(
          'meta',
          'header_to_metadata.v3.Config',
          'request_rules: [{ header: x-made, on_header_present: { metadata_namespace: ns, key: path } }]',
        ),
      {
        url: 'http://a/x',
        headers: [['x-gone', '1']],
      },
    )
    expect(steps(told)).toEqual([
      '"mutate" removes header x-gone, adds header x-made "/x", adds header x-beta "1"',
      '"meta" adds metadata ns "{\\"path\\":\\"/x\\"}"',
    ])
    expect(told.filters.map(({ position }) => position?.line)).toEqual([12, 13])
  })

  it('leave the route as it was chosen, which then sees what they changed', () => {
    const told = explain(MUTATE, 'http://a/x')
    expect(verdict(told)).toContain('by route 2 "rest"')
    expect(told.routing?.rewrittenPath).toBe('/x')
  })

  it('change nothing of the cluster that a header named when the route was chosen', () => {
    const named = `virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster_header: x-to } }] }]`
    const other = 'append: { header: { key: x-to, value: other }, append_action: OVERWRITE_IF_EXISTS }'
    const mutate = filter(
      'mutate',
      'header_mutation.v3.HeaderMutation',
      `mutations: { request_mutations: [{ ${other} }] }`,
    )
    const yaml = bootstrap({ routeConfig: named }).replace(ROUTER, mutate + ROUTER)
    expect(explainRequest(viewOf(yaml), { url: 'http://h/', headers: [['x-to', 'a']] }).cluster?.name).toBe('a')
  })

  it('may have the route chosen anew', () => {
    const tag = filter(
      'tag',
      'ip_tagging.v3.IPTagging',
      'ip_tag_header: { header: x-beta }, ip_tags: [{ ip_tag_name: home, ip_list: [{ address_prefix: 127.0.0.1, prefix_len: 8 }] }]',
    )
    const told = explain(tag, 'http://a/x')
    expect(steps(told)).toEqual(['"tag" adds header x-beta "home", has the route chosen anew'])
    expect(verdict(told)).toContain('by route 0 "beta"')
    expect(told.routing?.rewrittenPath).toBe('/beta/x')
  })

  it('may answer: those behind do not see the request', () => {
    const told = explain(DENY + MUTATE, 'http://a/private/x')
    expect(steps(told)).toEqual([
      '"deny" answers 403 (rbac_access_denied_matched_policy[all]), by its configuration for this route',
      '"mutate" does not see the request',
    ])
    expect(told).toMatchObject({
      outcome: 'filter_response',
      status: 403,
      details: 'rbac_access_denied_matched_policy[all]',
      filterAnswer: { filter: 'deny', status: 403 },
    })
    expect(verdict(told)).toBe('→ 403, answered by the filter "deny"')
    expect(printExplanation(told)).not.toContain('outcome')
    expect(verdict(explain(DENY + MUTATE, 'http://a/x'))).toContain('→ cluster "a"')
  })

  it('answer preflights, wrong credentials and forged origins', () => {
    const key = filter(
      'key',
      'api_key_auth.v3.ApiKeyAuth',
      'credentials: [{ key: secret, client: me }], key_sources: [{ header: x-key }]',
    )
    expect(explain(key, 'http://a/x').status).toBe(401)
    expect(steps(explain(key, { url: 'http://a/x', headers: [['x-key', 'secret']] }))).toEqual(['"key" lets it pass'])
    const csrf = filter('csrf', 'csrf.v3.CsrfPolicy', 'filter_enabled: { default_value: { numerator: 100 } }')
    expect(explain(csrf, { method: 'POST', url: 'http://a/x', headers: [['origin', 'http://evil']] }).status).toBe(403)
  })

  it('hash passwords where the platform can', () => {
    const basic = filter(
      'basic',
      'basic_auth.v3.BasicAuth',
      'users: { inline_string: "ann:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }',
    )
    const request = { url: 'http://a/x', headers: [['authorization', 'Basic YW5uOng=']] as const }
    expect(steps(explain(basic, request))[0]).toContain('"basic" is not run: it needs more than the file')
    const platform = { sha1: () => new Uint8Array(20), timingSafeEqual: () => true }
    expect(steps(explain(basic, request, { platform }))[0]).toMatch(/^"basic" (?:lets it pass|adds header)/)
    expect(explain(basic, request, { platform: { ...platform, timingSafeEqual: () => false } }).status).toBe(401)
  })

  it('go by the random number of the request, and hold it without holding the story', () => {
    const fault = filter('fault', 'fault.v3.HTTPFault', 'abort: { http_status: 418, percentage: { numerator: 10 } }')
    expect(explain(fault, { url: 'http://a/x', random: 9 }).status).toBe(418)
    expect(steps(explain(fault, { url: 'http://a/x', random: 10 }))).toEqual(['"fault" lets it pass'])
    const delay = filter('delay', 'fault.v3.HTTPFault', 'delay: { fixed_delay: 5s, percentage: { numerator: 100 } }')
    expect(steps(explain(delay + MUTATE, 'http://a/x')).map((text) => text.slice(0, 40))).toEqual([
      '"delay" holds the request for a while',
      '"mutate" adds header x-made "/x", adds h',
    ])
  })

  it.each([
    ['ext_authz.v3.ExtAuthz', 'a service decides'],
    ['jwt_authn.v3.JwtAuthentication', 'it checks signatures, by keys that may have to be fetched'],
    ['local_ratelimit.v3.LocalRateLimit', 'what it does depends on the traffic before'],
    ['lua.v3.Lua', 'it is not known here'],
  ])('%s is not run: %s', (type, reason) => {
    expect(steps(explain(filter('f', type, type.startsWith('local') ? 'stat_prefix: l' : ''), 'http://a/x'))).toEqual([
      `"f" is not run: ${reason}`,
    ])
  })

  it('are not run when their configuration has an error', () => {
    const broken = filter(
      'mutate',
      'header_mutation.v3.HeaderMutation',
      'mutations: { request_mutations: [{ remove: ":path" }] }',
    )
    expect(steps(explain(broken, 'http://a/x'))[0]).toMatch(/^"mutate" is not run: .*cannot be removed/)
  })

  it('see where the connection arrives', () => {
    const at = (port: number): string =>
      filter(
        'door',
        'rbac.v3.RBAC',
        `rules: { action: DENY, policies: { p: { permissions: [{ destination_port: ${port} }], principals: [{ any: true }] } } }`,
      )
    expect(steps(explain(at(8080), 'http://a/'))).toEqual(['"door" answers 403 (rbac_access_denied_matched_policy[p])'])
    expect(explain(at(8081), 'http://a/').filterAnswer).toBeUndefined()
  })

  it('run people’s own, also in the place of one of ours', () => {
    const refuse = (type: string): HttpFilterDefinition => ({
      name: 'refuse',
      config: { type, honours: {} },
      stability: 'stable',
      create: () => () => ({ onRequestHeaders: () => localReply(418, 'own') }),
    })
    const own = refuse('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation')
    expect(steps(explain(MUTATE, 'http://a/x', { filters: [own] }))).toEqual(['"mutate" answers 418 (own)'])
  })
})
