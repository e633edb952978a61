import { HealthFlag } from '@nuncio/cluster'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@nuncio/config'
import { FakeTime } from '@nuncio/core/testing'
import type { AdminContext, AdminEndpoint, AdminResponse } from '../endpoint.ts'
import { cluster, compileSearch, FakeView, host } from '../testing/fake-view.ts'
import { builtinEndpoints } from './registry.ts'

let view: FakeView
let endpoints: AdminEndpoint[]

beforeEach(() => {
  view = new FakeView()
  const time = new FakeTime(0, Date.UTC(2026, 0, 1))
  const context: AdminContext = { view, time, compileSearch, endpoints: () => endpoints }
  endpoints = builtinEndpoints(context)
})

async function answer(target: string): Promise<AdminResponse> {
  const [path = '', query = ''] = target.split('?')
  const endpoint = endpoints.find((each) => each.path === path)
  if (endpoint === undefined) throw new Error(`no ${path}`)
  const params = new Map(new URLSearchParams(query))
  return endpoint.handle({ method: 'GET', path, params, headers: {}, body: new Uint8Array() })
}

async function bodyOf(target: string): Promise<string> {
  return String((await answer(target)).body)
}

async function jsonOf(target: string): Promise<unknown> {
  return JSON.parse(await bodyOf(target))
}

// The expected answers are those of Envoy 1.40 for the same server.
describe('/listeners', () => {
  it('prints text and JSON', async () => {
    expect(await bodyOf('/listeners')).toBe('web::127.0.0.1:28482\nweb::127.0.0.1:28486\ntcp::127.0.0.1:28487\n')
    const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
    expect(await jsonOf('/listeners?format=json')).toEqual({
      listener_statuses: [
        { name: 'web', local_address: address(28482), additional_local_addresses: [address(28486)] },
        { name: 'tcp', local_address: address(28487) },
      ],
    })
  })
})

describe('/clusters', () => {
  it('prints the lines of Envoy in its order', async () => {
    const limits = (priority: string): string[] =>
      ['max_connections::1024', 'max_pending_requests::1024', 'max_requests::1024', 'max_retries::3'].map(
        (each) => `${priority}::${each}`,
      )
    const lines = (await bodyOf('/clusters')).trimEnd().split('\n')
    expect(lines.slice(0, 14)).toEqual(
      [
        'observability_name::api', 'outlier::success_rate_average::-1', 'outlier::success_rate_ejection_threshold::-1',
        'outlier::local_origin_success_rate_average::-1', 'outlier::local_origin_success_rate_ejection_threshold::-1',
        ...limits('default_priority'), ...limits('high_priority'), 'added_via_api::false',
      ].map((each) => `api::${each}`),
    ) // prettier-ignore
    expect(lines.slice(14, 33)).toEqual(
      [
        'cx_active::1', 'cx_connect_fail::0', 'cx_total::1', 'rq_active::0', 'rq_error::0', 'rq_pending_active::0', 'rq_success::1',
        'rq_timeout::0', 'rq_total::1', 'hostname::h1', 'health_flags::healthy', 'weight::3', 'region::r', 'zone::z', 'sub_zone::s',
        'canary::false', 'priority::0', 'success_rate::-1', 'local_origin_success_rate::-1',
      ].map((each) => `api::127.0.0.1:28482::${each}`),
    ) // prettier-ignore
    expect(lines).toContain('api::127.0.0.1:1::health_flags::/eds_status_draining')
    expect(lines).toHaveLength(52)
  })

  it('prints JSON without default values', async () => {
    const limits = { max_connections: 1024, max_pending_requests: 1024, max_requests: 1024, max_retries: 3 }
    const gauge = (name: string): object => ({ type: 'GAUGE', name })
    expect(await jsonOf('/clusters?format=json')).toMatchObject({
      cluster_statuses: [
        {
          name: 'api',
          host_statuses: [
            {
              address: { socket_address: { address: '127.0.0.1', port_value: 28482 } },
              stats: [
                { name: 'cx_connect_fail' }, { value: '1', name: 'cx_total' }, { name: 'rq_error' }, { value: '1', name: 'rq_success' },
                { name: 'rq_timeout' }, { value: '1', name: 'rq_total' }, { type: 'GAUGE', value: '1', name: 'cx_active' },
                gauge('rq_active'), gauge('rq_pending_active'),
              ],
              health_status: { eds_health_status: 'HEALTHY' },
              weight: 3,
              hostname: 'h1',
              locality: { region: 'r', zone: 'z', sub_zone: 's' },
            },
            { health_status: { eds_health_status: 'DRAINING' }, weight: 1 },
          ],
          circuit_breakers: { thresholds: [limits, { priority: 'HIGH', ...limits }] },
          observability_name: 'api',
        },
      ],
    }) // prettier-ignore
  })

  it('joins health flags, prints limits that are none, and filters by name', async () => {
    const none = { maxConnections: Infinity, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 }
    const sick = host({ healthFlags: HealthFlag.activeTimeout | HealthFlag.failedActive })
    view.clusterViews = [cluster(), cluster({ name: 'b', edsServiceName: 'e', addedViaApi: true, outlier: undefined, thresholds: [none, none], hosts: [sick] })] // prettier-ignore
    const body = await bodyOf('/clusters?filter=^b$')
    expect(body).not.toMatch(/^api::/m)
    expect(body).toContain('b::127.0.0.1:28482::health_flags::/failed_active_hc/active_hc_timeout\n')
    expect(body).toContain('b::default_priority::max_connections::4294967295\n')
    expect(body).toContain('b::added_via_api::true\nb::eds_service_name::e\n')
    expect(await answer('/clusters?filter=(')).toMatchObject({ status: 400 })
  })
})

describe('/fates', () => {
  it('adds the fates of each connection manager and cluster up to its requests', async () => {
    view.store.counter('http.in.gress.fate.success').add(3)
    view.store.counter('http.in.gress.fate.timeout').add(1)
    view.store.counter('cluster.api.fate.timeout').add(1)
    view.store.counter('cluster.api.fate.overflow')
    expect(await bodyOf('/fates')).toBe(
      [
        'http.in.gress::requests::4',
        'http.in.gress::success::3 (75.00%)',
        'http.in.gress::timeout::1 (25.00%)',
        'cluster.api::requests::1',
        'cluster.api::timeout::1 (100.00%)',
        '',
      ].join('\n'),
    )
    expect(await jsonOf('/fates?format=json')).toEqual({
      ledgers: [
        { of: 'http', name: 'in.gress', requests: 4, fates: { success: 3, timeout: 1 } },
        { of: 'cluster', name: 'api', requests: 1, fates: { timeout: 1 } },
      ],
    })
  })
})

describe('/balancers', () => {
  it('prints the policy, and of a score its weights and the terms of each host', async () => {
    expect(await bodyOf('/balancers')).toBe(
      'api::policy::score\napi::weight::turn::2 (set)\napi::127.0.0.1:80::turn::3\napi::127.0.0.1:80::score::6\n',
    )
    expect(await jsonOf('/balancers?cluster=api&format=json')).toEqual({ balancers: [view.balancer] })
    expect(await answer('/balancers?cluster=none')).toMatchObject({ status: 404 })
  })

  it('asks for the story of a pick with all that was given', async () => {
    const query = new URLSearchParams({
      cluster: 'api', url: 'http://a/b', headers: 'x-a: 1\nx-b:2', hash: '7', tried: '127.0.0.1:1,127.0.0.1:2', metadata: '{"v":1}',
    }) // prettier-ignore
    expect(await jsonOf(`/balancers/explain?${query.toString()}`)).toEqual({ chosen: '127.0.0.1:80' })
    expect(view.calls).toEqual([
      {
        cluster: 'api', url: 'http://a/b', method: '', hash: '7', hashText: '', overrideHost: '', metadata: { v: 1 },
        headers: [['x-a', '1'], ['x-b', '2']], tried: ['127.0.0.1:1', '127.0.0.1:2'],
      },
    ]) // prettier-ignore
  })

  it.each([
    ['', 'a cluster or a url is needed'],
    ['cluster=other', "there is no cluster 'other'"],
    ['cluster=api&hash=x', "'x' is no hash"],
    ['cluster=api&headers=x', "'x' is no header"],
    ['cluster=api&metadata=[]', "'[]' is no JSON object"],
  ])('answers 400 to the question “%s”', async (query, why) => {
    const { status, body } = await answer(`/balancers/explain?${query}`)
    expect(status).toBe(400)
    expect(body).toContain(why)
  })

  it('sets weights, and takes them back where the value is empty', async () => {
    expect(await bodyOf('/balancers/weights?cluster=api&turn=2.5&active_requests=')).toBe('OK\n')
    expect(view.calls).toEqual([['api', { turn: 2.5, active_requests: null }]])
    expect(await answer('/balancers/weights?cluster=api&turn=x')).toMatchObject({ status: 400, body: 'no number\n' })
  })

  it('shows the picks that were remembered', async () => {
    expect(await jsonOf('/balancers/picks?cluster=api')).toEqual({ picks: [{ chosen: '127.0.0.1:80' }] })
    expect(await answer('/balancers/picks')).toMatchObject({ status: 404 })
  })
})

describe('/server_info and its like', () => {
  it('print what the server says', async () => {
    expect(await jsonOf('/server_info')).toEqual({
      version: 'abc/1.0.0/Clean/RELEASE/OpenSSL', state: 'LIVE', uptime_current_epoch: '3s', uptime_all_epochs: '3s',
      hot_restart_version: 'disabled', command_line_options: { concurrency: 1 }, node: { id: 'n1' },
      configuration: { generation: 7, applied_at: '2001-09-09T01:46:40Z' },
    }) // prettier-ignore
    expect(await bodyOf('/hot_restart_version')).toBe('disabled')
    expect(Object.keys((await jsonOf('/memory')) as object)).toEqual([
      'allocated', 'heap_size', 'pageheap_unmapped', 'pageheap_free', 'total_thread_cache', 'total_physical_bytes',
    ]) // prettier-ignore
    expect(await jsonOf('/init_dump')).toEqual({})
    expect(await jsonOf('/certs')).toEqual({
      certificates: [
        {
          ca_cert: [],
          cert_chain: [
            {
              path: 'c.pem', serial_number: '0427', subject_alt_names: [{ dns: 'a' }], days_until_expiration: '30',
              valid_from: '1970-01-01T00:00:00Z', expiration_time: '2026-01-31T00:00:00Z',
            },
          ],
        },
      ],
    }) // prettier-ignore
  })
})

describe('/reload', () => {
  it('answers what came of it, and 400 when the configuration is no good', async () => {
    const ok = await answer('/reload')
    expect([ok.status, JSON.parse(String(ok.body))]).toMatchObject([
      200,
      { outcome: 'applied', generation: 8, changes: ['~ route 0'], at: '2001-09-09T01:46:40.000Z' },
    ])
    view.reloaded = { ...view.reloaded, outcome: 'rejected', errors: ['a.yaml:7:3: no'] }
    expect((await answer('/reload')).status).toBe(400)
    expect(view.calls).toEqual(['reload', 'reload'])
  })
})

describe('/ready', () => {
  it('names the generation of the configuration in a header', async () => {
    expect(await answer('/ready')).toMatchObject({
      status: 200,
      body: 'LIVE\n',
      headers: [['x-config-generation', '7']],
    })
  })
})

describe('/runtime', () => {
  it('prints each layer and what wins', async () => {
    expect(await jsonOf('/runtime')).toEqual({
      entries: {
        'a.b': { layer_values: ['5', '7'], final_value: '7' },
        'c.d': { layer_values: ['true', ''], final_value: 'true' },
      },
      layers: ['s', 'admin'],
    })
  })

  it('is changed where there is an admin layer', async () => {
    expect(await answer('/runtime_modify?x=1&a.b=')).toMatchObject({ status: 200, body: 'OK\n' })
    expect(view.calls).toEqual([['runtime', { x: '1', 'a.b': '' }]])
    expect(await answer('/runtime_modify')).toMatchObject({ status: 400 })
    view.adminLayer = false
    expect(await answer('/runtime_modify?x=1')).toMatchObject({ status: 503, body: 'No admin layer specified' })
  })
})

describe('/logging', () => {
  it('shows and sets levels, all or none', async () => {
    const list = 'active loggers:\n  admin: info\n  router: info\n'
    expect(await bodyOf('/logging')).toBe(list)
    expect(await bodyOf('/logging?level=warning&paths=')).toBe(list)
    expect(await bodyOf('/logging?router=debug')).toBe(list)
    expect(await bodyOf('/logging?paths=admin:debug,router:off')).toBe(list)
    expect(view.calls).toEqual([['level', 'warning'], ['level', 'router', 'debug'], ['level', 'admin', 'debug'], ['level', 'router', 'off']]) // prettier-ignore
    view.calls.length = 0
    for (const bad of [
      'level=loud',
      'nope=debug',
      'paths=admin:debug,nope:debug',
      'paths=admin:loud',
      'paths=admin',
      'a=info&b=info',
    ]) {
      const { status, body } = await answer(`/logging?${bad}`)
      expect(status).toBe(400)
      expect(body).toMatch(/^error: (unknown logger (level|name)|invalid parameters)\n\nusage: /)
    }
    expect(view.calls).toEqual([])
  })
})

describe('actions', () => {
  it('are handed to the server', async () => {
    for (const path of [
      '/reset_counters',
      '/healthcheck/fail',
      '/healthcheck/ok',
      '/reopen_logs',
      '/drain_listeners?graceful&inboundonly',
    ]) {
      expect(await bodyOf(path)).toBe('OK\n')
    }
    expect(view.calls).toEqual(['reset', ['fail', true], ['fail', false], 'reopen', ['drain', { graceful: true, skipExit: false, inboundOnly: true }]]) // prettier-ignore
  })

  it('quit only once the answer is on its way', async () => {
    const { body, afterwards } = await answer('/quitquitquit')
    expect([body, view.calls]).toEqual(['OK\n', []])
    afterwards?.()
    expect(view.calls).toEqual(['quit'])
  })
})

const TYPE = 'type.googleapis.com/envoy.admin.v3.'
const DUMP: readonly JsonObject[] = [
  { '@type': `${TYPE}BootstrapConfigDump`, bootstrap: { node: { id: 'n1', cluster: 'c1' }, admin: { address: {} } }, last_updated: 't' },
  {
    '@type': `${TYPE}ClustersConfigDump`,
    static_clusters: ['api', 'dead'].map((name) => ({ cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name, type: 'STATIC' }, last_updated: 't' })),
  },
  {
    '@type': `${TYPE}SecretsConfigDump`,
    static_secrets: [
      { name: 'sec', secret: { '@type': 'x', name: 'sec', generic_secret: { secret: { inline_string: 'MARKER-1' } } } },
      { name: 'tls', secret: { tls_certificate: { certificate_chain: { filename: 'c.pem' }, private_key: { filename: 'MARKER-2' }, password: { inline_bytes: 'MARKER-3' } } } },
    ],
  },
] // prettier-ignore

describe('/config_dump', () => {
  beforeEach(() => {
    view.dump = DUMP
  })

  it('dumps everything but secrets', async () => {
    const body = await bodyOf('/config_dump?include_eds')
    expect(view.calls).toEqual([['dump', true]])
    expect(body).not.toContain('MARKER')
    expect(body).toContain('"inline_string": "[redacted]"')
    expect(body).toContain('"filename": "c.pem"')
    expect((JSON.parse(body) as { configs: unknown[] }).configs).toHaveLength(3)
  })

  it('dumps one list, and of its items what the mask names', async () => {
    const type = `${TYPE}ClustersConfigDump.StaticCluster`
    expect(await jsonOf('/config_dump?resource=static_clusters&mask=cluster.name')).toEqual({
      configs: ['api', 'dead'].map((name) => ({
        '@type': type,
        cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name },
      })),
    })
    expect(await jsonOf('/config_dump?resource=dynamic_listeners')).toEqual({})
    expect(await jsonOf('/config_dump?mask=bootstrap.admin')).toEqual({
      configs: [{ '@type': `${TYPE}BootstrapConfigDump`, bootstrap: { admin: { address: {} } } }],
    })
  })

  it('keeps the resources whose whole name matches', async () => {
    expect(await jsonOf('/config_dump?name_regex=ap.')).toMatchObject({
      configs: [
        { bootstrap: {} },
        { static_clusters: [{ cluster: { name: 'api' } }] },
        { '@type': `${TYPE}SecretsConfigDump` },
      ],
    })
  })

  it('answers what Envoy answers to bad parameters', async () => {
    expect(await answer('/config_dump?resource=nope')).toMatchObject({
      status: 404,
      body: 'nope not found in config dump',
    })
    expect(await answer('/config_dump?resource=bootstrap&mask=x')).toMatchObject({
      status: 400,
      body: 'bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field',
    })
    expect(await answer('/config_dump?name_regex=(')).toMatchObject({ status: 400 })
    expect(await answer('/config_dump?resource=static_clusters&mask=nope')).toMatchObject({ status: 400 })
  })
})
