import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const filters = (response: string): string => `
- name: direct
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
    response: ${response}`

test.each([
  ['{ inline_string: "gone\\n" }', 'gone\n'],
  ['{ inline_bytes: AAEC }', '\u0000\u0001\u0002'],
  ['{ environment_variable: GREETING }', 'from the environment'],
  ['{ inline_string: "" }', ''],
])('says %s and closes', async (response, expected) => {
  await using bench = await new NetworkBench().listen(filters(response))
  expect(await bench.talk()).toBe(expected)
})

test('is heard by a client that is still sending', async () => {
  await using bench = await new NetworkBench().listen(filters('{ inline_string: gone }'))
  expect(await bench.talk('x'.repeat(1 << 20))).toBe('gone')
})

test('refuses a listener whose answer cannot be read', async () => {
  await using bench = new NetworkBench()
  await expect(bench.listen(filters('{ environment_variable: NOT_SET }'))).rejects.toThrow('NOT_SET')
  await expect(bench.listen(filters('{ filename: none.txt }'))).rejects.toThrow('none.txt cannot be read')
})
