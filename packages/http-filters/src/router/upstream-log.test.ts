import { describe, expect, test } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

const LINE = '%ACCESS_LOG_TYPE% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT%/%BYTES_RECEIVED% %UPSTREAM_HOST%'
const logTo = (format: string, options: object = {}): object => ({
  upstream_log: [{ name: format }],
  upstream_log_options: options,
})

describe('upstream_log', () => {
  test('writes a line for each try, those that are retried too, with what went each way', () => {
    const route = { retryPolicy: policy({}) }
    const bench = new RouterBench({ route, config: logTo(LINE) }).request([], ['hello'])
    bench.respond(0, 503, [], 'sorry')
    expect(bench.logged).toEqual(['UpstreamEnd 503 - 5/0 10.0.0.1:80'])
    bench.time.advance(30)
    bench.respond(1, 200, [], 'fine')
    expect(bench.logged.slice(1)).toEqual(['UpstreamEnd 200 - 5/4 10.0.0.2:80'])
  })

  test('says why a try failed, and nothing of what the request had before', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'remote connection failure'
    const format =
      '%RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %PROTOCOL% %DYNAMIC_METADATA(a:b)% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %RESPONSE_CODE_DETAILS%'
    const bench = new RouterBench({ cluster, config: logTo(format) })
    bench.stream.info.protocol = 'HTTP/2'
    bench.stream.info.setMetadata('a', { b: 'x' })
    bench.request()
    expect(bench.logged).toEqual(['UF delayed_connect_error:_Connection_refused - - 0 -'])
  })

  test('marks the try whose own time was over, but not one that the timeout of the request ended', () => {
    const bench = new RouterBench({
      route: { retryPolicy: policy({ perTryTimeoutMs: 50 }), timeoutMs: 90 },
      config: logTo(LINE),
    })
    bench.request()
    bench.time.advance(200)
    expect(bench.logged).toEqual(['UpstreamEnd 0 UT 0/0 10.0.0.1:80', 'UpstreamEnd 0 - 0/0 10.0.0.2:80'])
  })

  test('writes lines at the beginning and in between where that is asked for', () => {
    const options = { flush_upstream_log_on_upstream_stream: true, upstream_log_flush_interval: 1000 }
    const bench = new RouterBench({ config: logTo('%ACCESS_LOG_TYPE% %RESPONSE_CODE%', options) }).request()
    bench.time.advance(2500)
    bench.respond(0, 200)
    bench.time.advance(5000)
    expect(bench.logged).toEqual(['UpstreamPoolReady 0', 'UpstreamPeriodic 0', 'UpstreamPeriodic 0', 'UpstreamEnd 200'])
  })

  test('writes a line when the client is gone', () => {
    const bench = new RouterBench({ config: logTo(LINE) }).request()
    bench.stream.downstreamReset(1, 'downstream_remote_disconnect')
    expect(bench.logged).toEqual(['UpstreamEnd 0 - 0/0 10.0.0.1:80'])
  })

  test('has mirrored requests too, with the cluster that they went to', () => {
    const mirror = {
      selects: () => true,
      clusterName: () => 'upstream',
      hostRewriteLiteral: '',
      disableShadowHostSuffix: false,
      mutateHeaders: () => {},
    }
    const bench = new RouterBench({
      route: { mirrorPolicies: [mirror] },
      config: logTo('%REQ(:AUTHORITY)% %UPSTREAM_CLUSTER% %RESPONSE_CODE%'),
    }).request()
    bench.respond(0, 202)
    bench.respond(1, 200)
    expect(bench.logged).toEqual(['a-shadow upstream 202', 'a upstream 200'])
  })
})
