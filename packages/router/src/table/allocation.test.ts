import { expect, test } from 'vitest'
import { forward, request, streamInfo, tableFrom } from '../testing/table.ts'

const { table } = tableFrom(`
virtual_hosts:
- name: v
  domains: [a.example, "*.b.example"]
  routes:
${Array.from({ length: 50 }, (_, i) => `  - { match: { prefix: /r${i}/, headers: [{ name: x-a, string_match: { exact: "1" } }] }, route: { cluster: c } }`).join('\n')}
  - { match: { prefix: / }, route: { cluster: rest } }
`)

test('a look-up allocates nothing, and finishing a request that nothing changes neither', () => {
  const requests = [request('a.example/r7/x?y', { 'x-a': '1' }), request('x.b.example/none'), request('a.example/r49')]
  const info = streamInfo()
  const rounds = 100_000
  const go = (): void => {
    for (let i = 0; i < rounds; i++) {
      const headers = requests[i % 3]!
      const route = table.route(headers, info, i)
      if (route?.kind === 'forward') route.finalizeRequestHeaders(headers, info, false)
    }
  }
  go()
  // Of several runs the least counts: others work on the same heap.
  let least = Infinity
  for (let run = 0; run < 5; run++) {
    const before = process.memoryUsage().heapUsed
    go()
    const grown = process.memoryUsage().heapUsed - before
    if (grown >= 0) least = Math.min(least, grown)
  }
  expect(least / rounds).toBeLessThan(8)
  expect(forward(table, requests[0]!).name).toBe('')
})
