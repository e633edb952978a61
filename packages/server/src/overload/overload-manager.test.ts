import type { Finding } from '@nuncio/access-log'
import { load } from '@nuncio/config'
import { OverloadState, SeededRandom, StatsStore, type WeighedStream } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { definitions, honours } from '../honours.ts'
import type { Machine } from './contracts.ts'
import { OverloadManager } from './overload-manager.ts'

const MIB = 2 ** 20
const HEAP = `
resource_monitors:
- name: envoy.resource_monitors.fixed_heap
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig
    max_heap_size_bytes: 1000
`
const on = (kind: 'actions' | 'loadshed_points', name: string, trigger: string, more = ''): string => `
${kind}:
- name: envoy.${kind === 'actions' ? 'overload_actions' : 'load_shed_points'}.${name}
  triggers: [{ name: envoy.resource_monitors.fixed_heap, ${trigger} }]
${more}`
const HALF = 'threshold: { value: 0.5 }'

/** An overload manager, written in YAML, on a machine that says what it is told to. */
class World implements Machine {
  readonly time = new FakeTime()
  readonly stats = new StatsStore()
  readonly state = new OverloadState(new SeededRandom(1))
  readonly problems: string[] = []
  readonly files = new Map<string, string>()
  readonly manager: OverloadManager
  heap = 0
  delay = 0
  turn = 0
  open: number | undefined = 10
  connections = 0
  collections = 0

  constructor(yaml: string, files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.files.set(name, text)
    const { config, problems } = load('envoy.config.overload.v3.OverloadManager', yaml, {
      file: 'overload.yaml',
      honours,
      definitions,
    })
    if (config === undefined) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
    this.manager = new OverloadManager(config, {
      state: this.state,
      stats: this.stats,
      time: this.time,
      machine: this,
      connections: () => this.connections,
      report: (finding: Finding) => void this.problems.push(`${finding.path}: ${finding.message}`),
    })
    this.manager.start()
  }

  heapBytes = (): number => this.heap
  openFiles = (): number | undefined => this.open
  fileLimit = (): number => 100
  loopDelayMs = (): number => this.delay
  turnMs = (): number => this.turn
  cores = (): number => 4
  readText = (file: string): string | undefined => this.files.get(file)
  collectGarbage = (): void => void this.collections++

  stat(name: string): number | undefined {
    return (this.stats.gauges.get(name) ?? this.stats.counters.get(name))?.value
  }
  /** The pressure gauge after one more measurement. */
  pressure(name: string): number | undefined {
    this.time.advance(1000)
    return this.stat(`overload.${name}.pressure`)
  }
}

describe('the overload manager', () => {
  test('measures once a second by default, and sets the states and their statistics', () => {
    const world = new World(HEAP + on('actions', 'stop_accepting_requests', HALF))
    world.heap = 700
    world.time.advance(999)
    expect(world.state.refusesRequest({ path: '/' })).toBe(false)
    world.time.advance(1)
    expect(world.state.refusesRequest({ path: '/' })).toBe(true)
    const action = 'overload.envoy.overload_actions.stop_accepting_requests'
    expect([world.stat(`${action}.active`), world.stat(`${action}.scale_percent`)]).toEqual([1, 100])
    expect(world.stat('overload.envoy.resource_monitors.fixed_heap.pressure')).toBe(70)
    world.heap = 499
    world.time.advance(1000)
    expect([world.state.refusesRequest({ path: '/' }), world.stat(`${action}.active`)]).toEqual([false, 0])
  })

  test('measures at refresh_interval, and records how late it was', () => {
    const world = new World(`refresh_interval: 0.1s${HEAP}`)
    world.time.advance(1000)
    expect(world.stats.histogram('overload.refresh_interval_delay').count).toBe(10)
    world.manager.stop()
    world.time.advance(1000)
    expect(world.stats.histogram('overload.refresh_interval_delay').count).toBe(10)
  })

  test('is partly active between the thresholds of a scaled trigger', () => {
    const scaled = 'scaled: { scaling_threshold: 0.5, saturation_threshold: 0.9 }'
    const world = new World(HEAP + on('actions', 'stop_accepting_requests', scaled))
    world.heap = 700
    world.time.advance(1000)
    const action = 'overload.envoy.overload_actions.stop_accepting_requests'
    expect(world.state.stopAcceptingRequests.share).toBeCloseTo(0.5)
    expect([world.stat(`${action}.active`), world.stat(`${action}.scale_percent`)]).toEqual([0, 49])
  })

  test('stops accepting connections only when the trigger is saturated', () => {
    const scaled = 'scaled: { scaling_threshold: 0.5, saturation_threshold: 0.9 }'
    const world = new World(HEAP + on('actions', 'stop_accepting_connections', scaled))
    world.heap = 800
    world.time.advance(1000)
    expect(world.state.stopAcceptingConnections.share).toBe(0)
    world.heap = 900
    world.time.advance(1000)
    expect(world.state.stopAcceptingConnections.share).toBe(1)
  })

  test.each([
    ['tcp_listener_accept', 'tcpListenerAccept'],
    ['hcm_ondata_creating_codec', 'creatingCodec'],
    ['http_connection_manager_decode_headers', 'decodeHeaders'],
    ['http1_server_abort_dispatch', 'http1AbortDispatch'],
    ['http2_server_go_away_on_dispatch', 'http2GoAway'],
    ['http2_server_go_away_and_close_on_dispatch', 'http2GoAwayAndClose'],
    ['http_downstream_filter_check', 'filterCheck'],
    ['connection_pool_new_connection', 'newUpstreamConnection'],
  ] as const)('sheds load at %s and counts it', (name, place) => {
    const world = new World(HEAP + on('loadshed_points', name, HALF))
    world.heap = 500
    world.time.advance(1000)
    expect(world.state[place].sheds()).toBe(true)
    expect(world.stat(`overload.envoy.load_shed_points.${name}.shed_load_count`)).toBe(1)
    expect(world.stat(`overload.envoy.load_shed_points.${name}.scale_percent`)).toBe(100)
  })

  test('collects garbage when the heap is used up, at most every ten seconds', () => {
    const world = new World(HEAP + on('actions', 'shrink_heap', HALF))
    world.heap = 600
    world.time.advance(10_000)
    expect(world.collections).toBe(1)
    world.time.advance(2000)
    expect([world.collections, world.stat('overload.envoy.overload_actions.shrink_heap.shrink_count')]).toEqual([2, 2])
  })

  test('shortens timeouts, and tells the connections', () => {
    const world = new World(
      HEAP +
        on(
          'actions',
          'reduce_timeouts',
          'scaled: { scaling_threshold: 0.85, saturation_threshold: 0.95 }',
          `  typed_config:
    '@type': type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig
    timer_scale_factors:
    - { timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 2s }
    - { timer: HTTP_DOWNSTREAM_STREAM_IDLE, min_scale: { value: 10 } }
    - { timer: HTTP_DOWNSTREAM_CONNECTION_MAX, min_timeout: 0s }
    - { timer: TRANSPORT_SOCKET_CONNECT, min_scale: { value: 50 } }`,
        ),
    )
    let told = 0
    world.state.subjects.add({ forEachStream: () => {}, timeoutsChanged: () => void told++ })
    world.heap = 920
    world.time.advance(2000)
    const { connectionIdle, streamIdle, connectionDuration, transportSocketConnect } = world.state
    expect(Math.round(connectionIdle.now(600_000))).toBe(181_400)
    expect(Math.round(streamIdle.now(1000))).toBe(370)
    expect(Math.round(connectionDuration.now(1000))).toBe(300)
    expect(Math.round(transportSocketConnect.now(1000))).toBe(650)
    expect(told).toBe(1)
  })

  test('resets the streams that hold most memory', () => {
    const world = new World(
      HEAP +
        on(
          'actions',
          'reset_high_memory_stream',
          HALF,
          'buffer_factory_config: { minimum_account_to_track_power_of_two: 20 }',
        ),
    )
    const reset: number[] = []
    const stream = (mib: number): WeighedStream => ({
      bufferedBytes: mib * MIB,
      resetByOverload: () => void reset.push(mib),
    })
    world.state.subjects.add({
      forEachStream: (visit) => [stream(0.5), stream(3), stream(200)].forEach(visit),
      timeoutsChanged: () => {},
    })
    world.heap = 500
    world.time.advance(1000)
    expect(reset).toEqual([200, 3])
    expect(world.stat('envoy.overload_actions.reset_high_memory_stream.count')).toBe(2)
  })
})

describe('a resource monitor', () => {
  const monitor = (name: string, type: string, fields = ''): string =>
    `resource_monitors: [{ name: ${name}, typed_config: { '@type': type.googleapis.com/${type}, ${fields} } }]`
  const ENVOY = 'envoy.extensions.resource_monitors'

  test('of the heap compares with its maximum', () => {
    const world = new World(HEAP)
    world.heap = 1234
    expect(world.pressure('envoy.resource_monitors.fixed_heap')).toBe(123)
  })

  test('of downstream connections compares with the limit', () => {
    const type = `${ENVOY}.downstream_connections.v3.DownstreamConnectionsConfig`
    const world = new World(monitor('cx', type, 'max_active_downstream_connections: 8'))
    world.connections = 6
    expect(world.pressure('cx')).toBe(75)
  })

  test('of the event loop compares its delay with max_delay', () => {
    const type = 'nuncio.resource_monitors.event_loop_delay.v1.EventLoopDelayConfig'
    const world = new World(monitor('loop', type, 'max_delay: 0.1s'))
    world.delay = 25
    expect(world.pressure('loop')).toBe(25)
  })

  test('of the wait of requests tells the longest, and turns late ones away without any trigger', () => {
    const type = 'nuncio.resource_monitors.request_wait.v1.RequestWaitConfig'
    const world = new World(monitor('wait', type, 'max_wait: 0.002s, always_admit: [/healthz]'))
    const refused = (path: string, turnMs: number): boolean => {
      world.turn = turnMs
      return world.state.refusesRequest({ path })
    }
    expect([refused('/', 1), refused('/', 3)]).toEqual([false, false])
    expect(world.pressure('wait')).toBe(150)
    refused('/', 3)
    world.time.advance(20)
    expect([refused('/', 3), refused('/healthz', 3), refused('/', 2)]).toEqual([true, false, false])
    expect(world.stat('overload.wait.shed_load_count')).toBe(1)
  })

  test.each(['', 'max_wait: 0s', 'max_wait: 1s, grace: -1s', 'max_wait: 1s, always_admit: [healthz]'])(
    'of the wait of requests refuses %j',
    (fields) => {
      const type = 'nuncio.resource_monitors.request_wait.v1.RequestWaitConfig'
      expect(() => new World(monitor('wait', type, fields))).toThrow(/typed_config/)
    },
  )

  test('of file descriptors compares with the limit of the process, or a number', () => {
    const type = 'nuncio.resource_monitors.file_descriptors.v1.FileDescriptorsConfig'
    expect(new World(monitor('fd', type)).pressure('fd')).toBe(10)
    expect(new World(monitor('fd', type, 'max_open_files: 20')).pressure('fd')).toBe(50)
  })

  test('that cannot tell keeps its pressure and counts a failed update', () => {
    const type = 'nuncio.resource_monitors.file_descriptors.v1.FileDescriptorsConfig'
    const world = new World(monitor('fd', type))
    world.pressure('fd')
    world.open = undefined
    expect([world.pressure('fd'), world.stat('overload.fd.failed_updates')]).toEqual([10, 1])
  })

  test.each([
    ['0.75', 75, 0],
    ['1.5', 0, 1],
    ['much', 0, 1],
    ['', 0, 1],
  ])('of an injected resource reads %j from its file', (text, pressure, failed) => {
    const type = `${ENVOY}.injected_resource.v3.InjectedResourceConfig`
    const world = new World(monitor('file', type, 'filename: /pressure'), { '/pressure': text })
    expect([world.pressure('file') ?? 0, world.stat('overload.file.failed_updates')]).toEqual([pressure, failed])
  })

  const memory = `${ENVOY}.cgroup_memory.v3.CgroupMemoryConfig`
  const v2 = '/sys/fs/cgroup/memory'
  test.each([
    ['the limit of cgroup v2', { [`${v2}.current`]: '30\n', [`${v2}.max`]: '60\n' }, '', 50],
    ['a lower limit of its own', { [`${v2}.current`]: '30', [`${v2}.max`]: '60' }, 'max_memory_bytes: 40', 75],
    [
      'its own limit when the cgroup has none',
      { [`${v2}.current`]: '30', [`${v2}.max`]: 'max' },
      'max_memory_bytes: 40',
      75,
    ],
    ['no limit at all', { [`${v2}.current`]: '30', [`${v2}.max`]: 'max' }, '', 0],
    ['cgroup v1', { [`${v2}/memory.usage_in_bytes`]: '10', [`${v2}/memory.limit_in_bytes`]: '40' }, '', 25],
  ])('of the memory of a cgroup compares with %s', (_what, files, fields, pressure) => {
    expect(new World(monitor('memory', memory, fields), files).pressure('memory')).toBe(pressure)
  })

  const cpu = `${ENVOY}.cpu_utilization.v3.CpuUtilizationConfig`
  test('of the processors averages what the machine was busy', () => {
    const world = new World(monitor('cpu', cpu), { '/proc/stat': 'cpu  100 0 0 100 5 5\n' })
    world.files.set('/proc/stat', 'cpu  200 50 50 100 9 9\n')
    expect(world.pressure('cpu')).toBe(5)
    for (let i = 1; i < 60; i++) {
      world.files.set(
        '/proc/stat',
        `cpu  ${200 + 100 * i} 50 50 100
`,
      )
      world.pressure('cpu')
    }
    expect(world.pressure('cpu')).toBe(95)
  })

  test('of the processors of a container compares with its quota', () => {
    const world = new World(monitor('cpu', cpu, 'mode: CONTAINER'), {
      '/sys/fs/cgroup/cpu.stat': 'usage_usec 1000\nuser_usec 1\n',
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
    })
    // One second of two cores, all of it used: the average takes in a twentieth.
    world.files.set('/sys/fs/cgroup/cpu.stat', 'usage_usec 2001000\n')
    expect(world.pressure('cpu')).toBe(5)
  })
})

describe('a configuration that cannot be used says where', () => {
  const heap = HEAP.trim()
  test.each([
    [heap + on('actions', 'bogus', HALF), 'actions[0].name: there is no overload action envoy.overload_actions.bogus'],
    [
      heap + on('loadshed_points', 'http3_server_go_away_on_dispatch', HALF),
      'loadshed_points[0].name: there is no load shed point envoy.load_shed_points.http3_server_go_away_on_dispatch',
    ],
    [
      heap.replace('fixed_heap\n', 'other\n') + on('actions', 'shrink_heap', HALF),
      'actions[0].triggers[0].name: there is no resource monitor envoy.resource_monitors.fixed_heap',
    ],
    [
      `${heap}${on('actions', 'shrink_heap', HALF)}- { name: envoy.overload_actions.shrink_heap, triggers: [{ name: envoy.resource_monitors.fixed_heap, ${HALF} }] }`,
      'actions[1].name: there is a overload action envoy.overload_actions.shrink_heap already',
    ],
    [
      heap + on('actions', 'reduce_timeouts', HALF),
      'actions[0].typed_config: envoy.overload_actions.reduce_timeouts needs a typed_config',
    ],
    [
      heap + on('actions', 'reset_high_memory_stream', HALF),
      'actions[0].name: envoy.overload_actions.reset_high_memory_stream requires buffer_factory_config',
    ],
    [
      `${heap}\n${heap.split('\n').slice(1).join('\n')}`,
      'resource_monitors[1].name: there is a resource monitor envoy.resource_monitors.fixed_heap already',
    ],
    [
      heap +
        on(
          'actions',
          'reduce_timeouts',
          HALF,
          `  typed_config:
    '@type': type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig
    timer_scale_factors: [{ timer: HTTP_DOWNSTREAM_STREAM_FLUSH, min_timeout: 1s }]`,
        ),
      'actions[0].timer: nuncio cannot scale HTTP_DOWNSTREAM_STREAM_FLUSH',
    ],
    [
      `resource_monitors: [{ name: m, typed_config: { '@type': type.googleapis.com/envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig } }]`,
      'resource_monitors[0].typed_config.@type: this system has no memory cgroup that could be read',
    ],
  ])('%#', (yaml, problem) => {
    expect(new World(yaml).problems).toEqual([problem])
  })
})
