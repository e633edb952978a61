import { loadBootstrap } from '@nuncio/config'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ManagerWorld } from './testing/manager-world.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the cluster of the README asks as it says', async () => {
  const cluster = /```yaml\n([\s\S]*?)```/.exec(README)![1]!
  const { config, problems } = loadBootstrap(
    `static_resources:\n  clusters:\n  - ${cluster.replaceAll('\n', '\n    ')}`,
  )
  expect(problems).toEqual([])
  const world = new ManagerWorld(config!.static_resources?.clusters)
  expect(world.problems).toEqual([])
  expect(world.resolver.open.map(({ name, family }) => `${name} ${family}`)).toEqual(['api.internal V4_PREFERRED'])
  await world.close()
})
