import { silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ConfigSource, DiscoveredResources, ResourceSubscriber } from '../contracts.ts'
import { FileSource } from './file-source.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const SOURCE: ConfigSource = { path_config_source: { path: 'clusters.yaml', watched_directory: { path: '/etc' } } }
const cluster = (name: string): string => `- { '@type': type.googleapis.com/${CLUSTER}, name: ${name} }\n`

let files: Map<string, string | Uint8Array>
let watched: { readonly file: string; readonly directory: string | undefined; readonly changed: () => void }[]
let told: string[]
let answer: (response: DiscoveredResources<typeof CLUSTER>) => string | undefined
let stats: StatsStore
let source: FileSource

beforeEach(() => {
  files = new Map()
  watched = []
  told = []
  stats = new StatsStore()
  answer = () => undefined
  source = new FileSource({
    time: new FakeTime(0, 5000),
    logger: { ...silentLogger, log: (level, message) => void told.push(`${level}: ${message}`) },
    loading: () => ({}),
    readFile: (file) => {
      const found = files.get(file)
      if (found === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' })
      return typeof found === 'string' ? new TextEncoder().encode(found) : found
    },
    exists: (file) => files.has(file),
    watch: (file, directory, changed) => {
      watched.push({ file, directory, changed })
      return () => void watched.pop()
    },
  })
})

const subscriber: ResourceSubscriber<typeof CLUSTER> = {
  onResources(response) {
    const { version, resources } = response
    told.push(`${version}: ${resources.map(({ message, path }) => `${path}=${message.name}`).join()}`)
    const why = answer(response) ?? resources.flatMap(({ problems }) => problems.map(({ message }) => message)).join()
    return why === '' ? [] : [response.problem(why)]
  },
  onFailure: () => void told.push('failure'),
}
const subscribe = (config = SOURCE): (() => void) =>
  source.subscribe({ type: CLUSTER, config, stats: stats.scope('c.') }, subscriber)
const counts = (): readonly number[] =>
  ['attempt', 'success', 'rejected', 'failure'].map((name) => stats.counter(`c.update_${name}`).value)

describe('a file as a source', () => {
  test('tells of its resources at once and when it changes, with version and time', () => {
    files.set('clusters.yaml', `version_info: v1\nresources:\n${cluster('a')}${cluster('b')}`)
    const end = subscribe()
    expect(told).toEqual(['v1: resources[0]=a,resources[1]=b', 'info: clusters.yaml is in use'])
    expect(stats.text('c.version_text').value).toBe('v1')
    expect(stats.gauge('c.update_time').value).toBe(5000)
    expect(watched).toMatchObject([{ file: 'clusters.yaml', directory: '/etc' }])
    files.set('clusters.yaml', JSON.stringify({ version_info: 'v2' }))
    watched[0]!.changed()
    expect(told.at(-2)).toBe('v2: ')
    expect(counts()).toEqual([2, 2, 0, 0])
    end()
    expect(watched).toEqual([])
  })

  test('keeps the version of the last response that was taken', () => {
    files.set('clusters.yaml', `version_info: v1\nresources:\n${cluster('a')}`)
    subscribe()
    answer = () => 'not like this'
    files.set('clusters.yaml', `version_info: v2\nresources:\n${cluster('a')}`)
    watched[0]!.changed()
    expect(told.at(-1)).toBe('error: clusters.yaml:1: not like this')
    expect(stats.text('c.version_text').value).toBe('v1')
    expect(counts()).toEqual([2, 1, 1, 0])
  })

  test('tells a file that is no YAML, or gone, from one whose resources are bad', () => {
    files.set('clusters.yaml', 'resources: [')
    subscribe()
    files.delete('clusters.yaml')
    watched[0]!.changed()
    expect(told.filter((line) => !line.startsWith('error: clusters.yaml:1: it cannot'))).toHaveLength(3)
    expect(counts()).toEqual([2, 0, 0, 2])
    files.set('clusters.yaml', 'version_info: []')
    watched[0]!.changed()
    expect(counts()).toEqual([3, 0, 1, 2])
  })

  test('refuses resources of another type, each with its place', () => {
    const other = "- { '@type': type.googleapis.com/envoy.config.core.v3.Node }\n"
    files.set('clusters.yaml', `resources:\n${cluster('a')}${other}`)
    subscribe()
    expect(told.at(-1)).toBe(`error: clusters.yaml:1: this is no ${CLUSTER}`)
  })

  test('reports what is wrong with a resource at that resource', () => {
    files.set('clusters.yaml', `resources:\n${cluster('a')}${cluster('b').replace('}', ', connect_timeout: soon }')}`)
    const about: string[][] = []
    answer = ({ resources }) => void about.push(...resources.map(({ problems }) => problems.map(({ path }) => path)))
    subscribe()
    expect(about).toEqual([[], ['resources[1].connect_timeout']])
  })

  test('tells of resources that cannot be read at all, and of the others by the places that they have', () => {
    files.set('clusters.yaml', `resources:\n- { '@type': type.googleapis.com/no.Such }\n${cluster('b')}`)
    let unread: readonly string[] = []
    answer = (response) => void (unread = response.unread.map(({ path }) => path))
    subscribe()
    expect(told[0]).toBe(': resources[1]=b')
    expect(unread).toEqual(['resources[0].@type'])
  })

  test('leaves out fields that it does not know, and says so', () => {
    files.set('clusters.yaml', `resources:\n${cluster('a').replace('}', ', shiny: 1 }')}`)
    answer = () => ''
    subscribe()
    expect(counts()).toEqual([1, 1, 0, 0])
    expect(told.some((line) => line.startsWith('warning: clusters.yaml:2: resources[0].shiny'))).toBe(true)
  })

  test('takes resources out of their wrapping', () => {
    const wrapped = `{ '@type': type.googleapis.com/envoy.service.discovery.v3.Resource, name: a, resource: ${cluster('a').slice(2)} }`
    files.set('clusters.yaml', `resources: [${wrapped}]`)
    subscribe()
    expect(told[0]).toBe(': resources[0].resource=a')
  })

  test('ends all that it has begun', () => {
    files.set('clusters.yaml', '')
    subscribe()
    subscribe()
    source.close()
    expect(watched).toEqual([])
  })

  test('tells the next response when the one before is dealt with, and only the newest', async () => {
    const put = (version: number): void => {
      files.set('clusters.yaml', `version_info: v${version}`)
      watched[0]?.changed()
    }
    const taken: (() => void)[] = []
    const seen: string[] = []
    const slow: ResourceSubscriber<typeof CLUSTER> = {
      onResources: async ({ version }) => {
        seen.push(version)
        await new Promise<void>((resolve) => void taken.push(resolve))
        return []
      },
      onFailure: () => {},
    }
    put(1)
    source.subscribe({ type: CLUSTER, config: SOURCE, stats: stats.scope('c.') }, slow)
    put(2)
    put(3)
    expect(seen).toEqual(['v1'])
    taken[0]!()
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect(seen).toEqual(['v1', 'v3'])
    expect(stats.text('c.version_text').value).toBe('v1')
  })

  test('has nothing to give where there is no file, or none that can be read', () => {
    expect(source.obstacle(SOURCE)).toBe('the file "clusters.yaml" does not exist')
    expect(source.obstacle({ ads: {} })).toMatch(/from files only/)
    expect(source.obstacle({ path: 'x.pb_text' })).toMatch(/text protobuf/)
    files.set('clusters.yaml', '')
    expect(source.obstacle(SOURCE)).toBe('')
  })
})
