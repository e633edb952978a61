import { openConfig } from '@nuncio/checks'
import { sceneOf } from '@nuncio/simulator'
import { expect, test } from 'vitest'
import { productApi } from '../worker/product.ts'
import { madeCluster } from './made-cluster.ts'

test.each([
  [1, 1],
  [7, 3],
  [40, 4],
])('%d hosts in %d zones make a configuration without problems, with a route to it', (count, zones) => {
  const made = madeCluster(count, zones)
  const view = openConfig(made.text, productApi())
  expect(view.problems).toEqual([])
  const scene = sceneOf(view.loaded, made.name)!
  expect(scene.routes).toHaveLength(1)
  expect(made.hosts).toHaveLength(count)
  expect(new Set(made.hosts).size).toBe(count)
  expect(made.zones).toHaveLength(zones)
})
