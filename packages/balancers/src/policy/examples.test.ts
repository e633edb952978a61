import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { formatPretty, loadBootstrap, type Problem } from '@nuncio/config'
import { decideCluster, describeAssignment, HostRegistry } from '@nuncio/cluster'
import { SeededRandom, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { builtinLoadBalancers } from '../registry.ts'
import { hashContext } from '../testing/index.ts'
import { createLoadBalancer } from './create-load-balancer.ts'

const source = path.join(import.meta.dirname, '..')
const definitions = builtinLoadBalancers.map((definition) => definition.config as never)

test.each(globSync('*/example.yaml', { cwd: source }).toSorted())('%s loads without a word, and balances', (file) => {
  const { config, problems, texts } = loadBootstrap(readFileSync(path.join(source, file), 'utf8'), {
    file,
    definitions,
  })
  expect(formatPretty(problems, texts)).toBe('')
  for (const cluster of config!.static_resources!.clusters!) {
    const found: Problem[] = []
    const to = { report: (problem: Problem) => void found.push(problem) }
    const provided = cluster.load_assignment === undefined && {
      clusterProvided: () => ({ update: () => {}, chooseHost: () => undefined }),
    }
    const world = { ...to, ...provided, random: new SeededRandom(1), time: new FakeTime() }
    const balancer = createLoadBalancer(decideCluster(cluster, { ...to, stats: new StatsStore() }), world)
    expect(found).toEqual([])
    if (cluster.load_assignment === undefined) continue
    const registry = new HostRegistry({ time: world.time })
    balancer.update(registry.update(describeAssignment(cluster.load_assignment, to)).priorities)
    expect(balancer.chooseHost(hashContext(7n))?.ip).toBe('127.0.0.1')
    expect(found).toEqual([])
    balancer.dispose?.()
  }
})

test('every policy has an example that uses it', () => {
  for (const definition of builtinLoadBalancers) {
    const folder = definition.name.split('.').at(-1)!.replaceAll('_', '-')
    const text = readFileSync(path.join(source, folder, 'example.yaml'), 'utf8')
    expect(text.includes(definition.config.type) || text.includes('CLUSTER_PROVIDED')).toBe(true)
  }
})
