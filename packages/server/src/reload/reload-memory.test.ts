import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const reply = (text: string): string =>
  `- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_string: ${text} } }`

test('a configuration that is not in use any more leaves the memory, however many come after it', async () => {
  await using server = await createServer(bootstrap({ routes: reply('first') }))
  const seen: WeakRef<object>[] = []
  for (let i = 0; i < 10; i++) {
    await server.reload(bootstrap({ routes: reply(`answer-${i}`) }))
    seen.push(new WeakRef((server as NuncioServer).listenersLive[0]!.info.config))
    // A reference that was read in a turn is held to its end.
    await setImmediate()
  }
  collectGarbage()
  await setImmediate()
  collectGarbage()
  expect(seen.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2)
})
