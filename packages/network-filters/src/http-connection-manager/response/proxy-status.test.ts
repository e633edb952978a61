import { Flag, type ResponseFlag, responseHeaders, StreamInfo } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { ManagerBench } from '../testing/manager-bench.ts'
import { ProxyStatus } from './proxy-status.ts'

function stream(flags: readonly ResponseFlag[], terminationDetails = ''): StreamInfo {
  const nobody = { address: '', port: 0 }
  const info = new StreamInfo(
    {
      id: 1, remote: nobody, directRemote: nobody, local: nobody, tls: undefined, serverName: '', listenerName: '', filterChainName: '',
      startMs: 0, terminationDetails, filterState: undefined, metadata: undefined,
    },
    0,
    0,
  ) // prettier-ignore
  for (const flag of flags) info.setFlag(Flag[flag])
  info.details = 'why'
  return info
}

function told(config: ConstructorParameters<typeof ProxyStatus>[0], flags: readonly ResponseFlag[], more = ''): string {
  const headers = responseHeaders(200, [])
  new ProxyStatus(config, 'envoy', 'node-1').apply(headers, stream(flags, more))
  return `${headers.status} ${headers.get('proxy-status') ?? ''}`.trim()
}

describe('proxy_status_config', () => {
  // As Envoy answers them.
  test.each<[readonly ResponseFlag[], string, number]>([
    [['NR'], 'destination_not_found', 500],
    [['NC'], 'destination_unavailable', 503],
    [['UH'], 'destination_unavailable', 503],
    [['UF'], 'connection_refused', 502],
    [['URX', 'UF'], 'connection_refused', 502],
    [['UC'], 'connection_terminated', 502],
    [['UPE'], 'http_protocol_error', 502],
    [['UO'], 'connection_limit_reached', 503],
    [['FI'], 'http_request_error', 200],
    [['UAEX'], 'connection_refused', 502],
    [['UT'], 'http_response_timeout', 504],
    [['SI'], 'http_response_timeout', 504],
    [['UMSDR'], 'http_response_timeout', 504],
    [['RL'], 'connection_limit_reached', 503],
  ])('%j is %s, for which %i is recommended', (flags, error, recommended) => {
    expect(told({ set_recommended_response_code: true, remove_details: true }, flags)).toBe(
      `${recommended} envoy; error=${error}`,
    )
    expect(told({ remove_details: true }, flags)).toBe(`200 envoy; error=${error}`)
  })

  test('says nothing where nothing went wrong', () => {
    expect([told({}, []), told({}, ['DI'])]).toEqual(['200', '200'])
  })

  test.each([
    [{}, 'envoy; error=destination_unavailable; details="why; transport failed; UH"'],
    [{ remove_response_flags: true }, 'envoy; error=destination_unavailable; details="why; transport failed"'],
    [{ remove_connection_termination_details: true }, 'envoy; error=destination_unavailable; details="why; UH"'],
    [{ literal_proxy_name: 'my proxy', remove_details: true }, 'my proxy; error=destination_unavailable'],
    [{ use_node_id: true, remove_details: true }, 'node-1; error=destination_unavailable'],
  ])('with %j it is %s', (config, line) => {
    expect(told(config, ['UH'], 'transport failed')).toBe(`200 ${line}`)
  })

  test('goes behind what a proxy before said', () => {
    const headers = responseHeaders(200, [['proxy-status', 'inner; error=dns_error']])
    new ProxyStatus({ remove_details: true }, 'envoy', '').apply(headers, stream(['UO']))
    expect(headers.get('proxy-status')).toBe('inner; error=dns_error, envoy; error=connection_limit_reached')
  })

  test('names flags in the order in which they were set', () => {
    const headers = responseHeaders(404)
    const info = stream(['DI'])
    info.setFlag(Flag.NR)
    info.details = 'route_not_found'
    new ProxyStatus({}, 'envoy', '').apply(headers, info)
    expect(headers.get('proxy-status')).toBe('envoy; error=destination_not_found; details="route_not_found; DI,NR"')
  })

  test('stands in the response, whose status is counted and logged as it is sent', async () => {
    await using bench = new ManagerBench(
      `proxy_status_config: { set_recommended_response_code: true }
route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: /app }, route: { cluster: app } }] }] }`,
    )
    const answer = await bench.get('/other')
    expect(answer).toMatch(/^HTTP\/1\.1 500 /)
    expect(answer).toContain('\r\nproxy-status: envoy; error=destination_not_found; details="route_not_found; NR"\r\n')
    expect(bench.log).toEqual(['500 route_not_found NR 127.0.0.1'])
    expect([bench.stat('rq_5xx'), bench.stat('rq_4xx')]).toEqual([1, 0])
    expect(await bench.get('/app')).not.toContain('proxy-status')
  })
})
