import { expect, test } from 'vitest'
import { byGroup, groupOf, selfTimes, type CpuProfile } from './analyse.ts'

function frame(functionName: string, url = '', lineNumber = 0) {
  return { functionName, url, lineNumber }
}

test.each([
  [frame('parseHead', 'file:///x/packages/http-codec/src/parse.ts'), 'nuncio: http-codec'],
  [frame('main', 'file:///x/apps/proxy/src/bin.ts'), 'nuncio: proxy'],
  [frame('writeLatin1String'), 'write(2) and its delivery'],
  [frame('randomFillSync', 'node:internal/crypto/random'), 'node: crypto'],
  [frame('_writeGeneric', 'node:net'), 'node: net, stream, buffer'],
  [
    frame('processTicksAndRejections', 'node:internal/process/task_queues'),
    'node: nextTick, timers, events, async_hooks',
  ],
  [frame('resume', 'file:///x/node_modules/undici/lib/client.js'), 'undici'],
  [frame('parse', 'file:///x/node_modules/yaml/dist/index.js'), 'other packages'],
  [frame('(garbage collector)'), 'garbage collection'],
  [frame('slice'), 'builtins'],
])('puts %o into its group', (callFrame, group) => {
  expect(groupOf(callFrame)).toBe(group)
})

test('adds up self time by function and by group, without the idle time', () => {
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('a', 'file:///x/packages/router/src/a.ts', 4) },
      { id: 3, callFrame: frame('b', 'file:///x/packages/router/src/a.ts', 9) },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [1000, 200, 300, 200],
  }
  const times = selfTimes(profile)
  expect(times.map(({ name, micros }) => [name, micros])).toEqual([
    ['a src/a.ts:5', 400],
    ['b src/a.ts:10', 300],
  ])
  expect(byGroup(times)).toEqual([{ name: 'nuncio: router', group: 'nuncio: router', micros: 700 }])
})
