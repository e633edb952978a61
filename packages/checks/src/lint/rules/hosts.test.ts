import { describe, expect, it } from 'vitest'
import { bootstrap, findings } from '../../testing/yaml.ts'

const hosts = (domains: string, more = ''): string => `${more}
  virtual_hosts:
  - name: shop
    domains: ${domains}
    routes:
    - match: { prefix: / }
      route: { cluster: a }`

describe('unreachable-domain', () => {
  it('finds URLs, inner wildcards and blanks', () => {
    const yaml = bootstrap({ routeConfig: hosts('["https://a.com", "a.com/x", "a.*.com", "a.com", "*.b.com:8080"]') })
    expect(findings('unreachable-domain', yaml).map((text) => text.replace(/^\d+: /, ''))).toEqual([
      'no request has the host "https://a.com": a domain has no scheme',
      'no request has the host "a.com/x": a domain has no path',
      'no request has the host "a.*.com": a * counts as a wildcard at one end only',
    ])
  })

  it('finds ports that are taken off before domains are compared', () => {
    const found = (more: string, manager?: string): readonly string[] =>
      findings(
        'unreachable-domain',
        bootstrap({
          routeConfig: hosts('["a.com:8080", "[::1]:8080", "[::1]"]', more),
          ...(manager !== undefined && { manager }),
        }),
      ).map((text) => text.replace(/^.*?: /, ''))
    expect(found('')).toEqual([])
    expect(found('', 'strip_any_host_port: true')).toHaveLength(2)
    expect(found('', 'strip_matching_host_port: true')[0]).toBe(
      'no request has the host "a.com:8080": strip_matching_host_port takes this port off before domains are compared',
    )
    expect(found('\n  ignore_port_in_host_matching: true')).toHaveLength(2)
  })
})

it('nothing is said of domains that another header than the host is compared with', () => {
  const yaml = bootstrap({ routeConfig: hosts('["a.com/x", "b"]', '\n  vhost_header: x-tenant') })
  expect([...findings('unreachable-domain', yaml), ...findings('domain-without-port', yaml)]).toEqual([])
})

describe('domain-without-port', () => {
  it('tells of the port that clients send', () => {
    expect(findings('domain-without-port', bootstrap({ routeConfig: hosts('[a.com]') }))).toEqual([
      expect.stringContaining('a client that asks for port 8080 sends the host "a.com:8080"'),
    ])
  })
  it('is quiet on port 80, with a catch-all and when ports are taken off', () => {
    expect(findings('domain-without-port', bootstrap({ routeConfig: hosts('[a.com]'), port: 80 }))).toEqual([])
    expect(findings('domain-without-port', bootstrap({ routeConfig: hosts('[a.com, "*"]') }))).toEqual([])
    expect(
      findings(
        'domain-without-port',
        bootstrap({ routeConfig: hosts('[a.com]'), manager: 'strip_any_host_port: true' }),
      ),
    ).toEqual([])
  })
})
