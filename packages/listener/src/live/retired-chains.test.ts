import { StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import type { ActiveFilterChain } from './filter-chain.ts'
import { RetiredChains } from './retired-chains.ts'

interface World {
  chains: RetiredChains<unknown>
  time: FakeTime
  lines: string[]
  draining(): number
}

function world(): World {
  const time = new FakeTime()
  const draining = new StatsStore().gauge('draining')
  return { chains: new RetiredChains({ time }, draining), time, lines: [], draining: () => draining.value }
}

/** A chain with so many connections, which says what is done to it; `empty` ends its last connection. */
function chain(connections: number, lines: string[]): ActiveFilterChain & { empty(): void } {
  let onEmpty = (): void => {}
  const close = (mode: string, details: string): void => void lines.push(`close ${mode} ${details}`)
  return {
    connections: new Set(Array.from({ length: connections }, () => ({ close }))),
    remove: () => void lines.push('remove'),
    startDrain: (durationMs: number, strategy: string) => void lines.push(`drain ${durationMs} ${strategy}`),
    onEmpty: (callback: () => void) => (onEmpty = callback),
    empty: () => onEmpty(),
  } as unknown as ActiveFilterChain & { empty(): void }
}

test('a chain without connections is removed at once', () => {
  const w = world()
  w.chains.add(chain(0, w.lines), 1000)
  expect([w.lines, [...w.chains], w.draining(), w.time.pending]).toEqual([['remove'], [], 0, 0])
})

test('connections of a removed chain drain, and are closed when the time for that is over', () => {
  const w = world()
  w.chains.add(chain(2, w.lines), 1000)
  expect([w.lines, w.draining()]).toEqual([['remove', 'drain 1000 gradual'], 1])
  w.time.advance(1000)
  expect(w.lines.slice(2)).toEqual(['close now filter_chain_removed', 'close now filter_chain_removed'])
})

test('a chain whose last connection is over is forgotten, and nothing is closed later', () => {
  const w = world()
  const retired = chain(1, w.lines)
  w.chains.add(retired, 1000)
  retired.empty()
  expect([[...w.chains], w.draining(), w.time.pending]).toEqual([[], 0, 0])
})

test('a drain of the whole listener reaches the chains that were removed', () => {
  const w = world()
  w.chains.add(chain(1, w.lines), 1000)
  w.chains.startDrain(50, 'immediate')
  expect(w.lines.at(-1)).toBe('drain 50 immediate')
})
