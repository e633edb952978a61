import { loadBootstrap } from '@nuncio/config'
import { decideListener, type NetworkFilterDefinition } from '@nuncio/listener'
import { ListenerHarness } from '@nuncio/listener/testing'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import * as registry from './registry.ts'

const here = import.meta.dirname
const networkFilters = Object.values(registry) as unknown as NetworkFilterDefinition[]
const honours = networkFilters.map((definition) => definition.config.honours)

test.each(globSync('*/example.yaml', { cwd: here }).toSorted())(
  '%s loads without a word, and its listener can be decided',
  (file) => {
    const { config, problems, sources } = loadBootstrap(readFileSync(path.join(here, file), 'utf8'), { file })
    expect(problems).toEqual([])
    const { registries } = new ListenerHarness({ networkFilters })
    const decision = decideListener(config!.static_resources!.listeners![0]!, { registries, sources })
    expect(decision.problems).toEqual([])
    expect(decision.info).toBeDefined()
  },
)

test('every definition declares what it honours of its own message', () => {
  for (const [i, { config }] of networkFilters.entries()) expect(honours[i]).toHaveProperty([config.type])
})
