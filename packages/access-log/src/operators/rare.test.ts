import { describe, expect, it } from 'vitest'
import { compileFormat } from '../format/format.ts'
import { testContext } from '../testing/context.ts'

function print(text: string, context = testContext([['x-in', 'inward']])): string {
  const compiled = compileFormat(text)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.formatter.format(context)
}
const refusal = (text: string): string => {
  const compiled = compileFormat(text)
  return compiled.ok ? '' : `${compiled.code}: ${compiled.message}`
}
const coalesce = (operators: unknown): string => `%COALESCE(${JSON.stringify({ operators })})%`
const host = (address: string, hostname = ''): { address: string; hostname: string } => ({ address, hostname })

describe('COALESCE', () => {
  it.each([
    [['PROTOCOL'], 'HTTP/1.1'],
    [[{ command: 'REQ', param: 'x-none' }, 'PROTOCOL'], 'HTTP/1.1'],
    [[{ command: 'REQ', param: 'x-in', max_length: 2 }, 'PROTOCOL'], 'in'],
    [[{ command: 'REQ', param: 'x-none' }], '-'],
    [['RESPONSE_FLAGS', 'PROTOCOL'], '-'],
    [[{ command: 'COALESCE', param: '{"operators":["PROTOCOL"]}' }], 'HTTP/1.1'],
  ])('of %j prints %j', (operators, printed) => {
    expect(print(coalesce(operators))).toBe(printed)
  })

  it('may be cut as a whole', () => {
    expect(print('%COALESCE({"operators":["PROTOCOL"]}):4%')).toBe('HTTP')
  })

  it.each([
    ['%COALESCE%', 'bad-format: COALESCE needs arguments in parentheses'],
    ['%COALESCE(x)%', 'bad-format: COALESCE: its arguments are not JSON'],
    ['%COALESCE({})%', 'bad-format: COALESCE: "operators" is to be a list that is not empty'],
    [coalesce([7]), 'bad-format: COALESCE: operator 1: it is neither a name nor an object with "command"'],
    [coalesce(['NOPE']), 'bad-format: COALESCE: operator 1: there is no operator NOPE'],
    [coalesce(['PROTOCOL', 'REQ']), 'bad-format: COALESCE: operator 2: REQ needs arguments in parentheses'],
    [coalesce([{ command: 'REQ', param: 7 }]), 'bad-format: COALESCE: operator 1: "param" is not a text'],
    [coalesce([{ command: 'REQ', param: 'x', max_length: -1 }]), 'bad-format: COALESCE: operator 1: "max_length" is not a positive integer'],
    [coalesce(['DOWNSTREAM_CX_RTT']), 'unsupported-operator: COALESCE: operator 1: nuncio does not have the operator DOWNSTREAM_CX_RTT: Node does not tell the round-trip time of a TCP connection'],
  ])('as %s is refused', (text, said) => {
    expect(refusal(text)).toBe(said)
  }) // prettier-ignore
})

describe('tries', () => {
  it('are told in order, the last one too', () => {
    const context = testContext()
    const { info } = context
    info.upstreamHost = host('10.0.0.1:80', 'one.test:8080')
    info.upstreamConnectionId = 4
    info.tryAgain()
    info.upstreamHost = host('10.0.0.2:80')
    expect(print('%UPSTREAM_HOSTS_ATTEMPTED%', context)).toBe('10.0.0.1:80,10.0.0.2:80')
    expect(print('%UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT%', context)).toBe('10.0.0.1,10.0.0.2')
    expect(print('%UPSTREAM_HOST_NAMES_ATTEMPTED%', context)).toBe('one.test:8080,10.0.0.2:80')
    expect(print('%UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT%', context)).toBe('one.test,10.0.0.2')
    expect(print('%UPSTREAM_CONNECTION_IDS_ATTEMPTED%', context)).toBe('4')
    info.recreate()
    expect(print('%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_CONNECTION_IDS_ATTEMPTED%', context)).toBe('- -')
  })
})

describe('ends of connections', () => {
  it('are told of the upstream only where there was one', () => {
    const context = testContext()
    const text = '%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE%'
    context.info.upstreamHost = undefined
    expect(print(text, context)).toBe('Normal -')
    context.info.upstreamHost = host('10.0.0.1:80')
    context.info.upstreamCloseType = 'RemoteReset'
    context.info.downstreamTransportFailure = 'TLS_error: bad'
    context.info.downstreamLocalCloseReason = 'tcp_session_idle_timeout'
    expect(print(text, context)).toBe('Normal RemoteReset')
    expect(print('%DOWNSTREAM_LOCAL_CLOSE_REASON% %UPSTREAM_LOCAL_CLOSE_REASON%', context)).toBe('tcp_session_idle_timeout -') // prettier-ignore
    expect(print('%DOWNSTREAM_TRANSPORT_FAILURE_REASON%', context)).toBe('TLS_error:_bad')
  })
})

describe('what there is only elsewhere', () => {
  it('is empty, missing or nothing, as Envoy has it', () => {
    expect(print('[%CUSTOM_FLAGS%] %ROUNDTRIP_DURATION% %BYTES_RETRANSMITTED% %PACKETS_RETRANSMITTED%')).toBe(
      '[] - 0 0',
    )
    expect(print('[%DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID%]')).toBe('[]')
  })
})

describe('metadata', () => {
  it('of listener, filter chain and virtual host is found by its kind', () => {
    const of = (key: string): Record<string, Record<string, unknown>> => ({ ns: { key } })
    const context = testContext([], [], {}, { listenerMetadata: of('l'), filterChainMetadata: of('c') })
    context.info.virtualHostMetadata = of('v')
    expect(
      print(
        '%METADATA(LISTENER:ns:key)% %METADATA(LISTENER_FILTER_CHAIN:ns:key)% %METADATA(VIRTUAL_HOST:ns:key)%',
        context,
      ),
    ).toBe('l c v')
  })
})

describe('durations', () => {
  it('of handshake, connection pool and body are between the moments that were kept', () => {
    const context = testContext([], [], {}, { startMs: 5, handshakeEndMs: 12 })
    const { info } = context
    info.tryStartMs = 20
    info.firstUpstreamTxMs = 23
    info.upstreamConnectMs = 21
    info.upstreamHandshakeEndMs = 28
    info.firstUpstreamBodyMs = 40
    expect(print('%DOWNSTREAM_HANDSHAKE_DURATION% %UPSTREAM_CONNECTION_POOL_READY_DURATION%', context)).toBe('7 3')
    expect(print('%COMMON_DURATION(US_CX_BEG:US_RX_BODY_BEG)%', context)).toBe('19')
    expect(print('%COMMON_DURATION(US_CX_BEG:US_HS_END)%', context)).toBe('7')
    expect(print('%COMMON_DURATION(US_RX_BODY_BEG:US_HS_END)%', context)).toBe('-')
    info.upstreamHandshakeEndMs = -1
    expect(print('%COMMON_DURATION(US_CX_BEG:US_HS_END)%', context)).toBe('-')
    expect(refusal('%COMMON_DURATION(US_CX_BEG:US_CX_END)%')).toContain('the point US_CX_END is not recorded')
  })
})
