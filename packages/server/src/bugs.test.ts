import { type Logger, SeededRandom } from '@nuncio/core'
import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap } from './test-support/bootstrap.ts'
import { exchange, get, ok, RawOrigin } from './test-support/raw-origin.ts'

/** Chance that fails as a bug would: from the middle of what a connection does. */
class BrokenChance extends SeededRandom {
  broken = false
  override uint32(): number {
    if (this.broken) throw new RangeError('a bug')
    return super.uint32()
  }
}

class Lines implements Logger {
  readonly lines: string[] = []
  log(level: string, message: string): void {
    this.lines.push(`${level} ${message}`)
  }
  child(): Logger {
    return this
  }
  enabled(): boolean {
    return true
  }
}

test('an exception that nobody expected ends its connection, is told and counted, and the others go on', async () => {
  await using origin = await RawOrigin.start((socket) => void socket.write(ok('hello')))
  const random = new BrokenChance(1)
  const logger = new Lines()
  await using server = await createServer(bootstrap(), { random, logger, endpoints: { app: [origin.address] } })
  const { port } = server.listeners[0]!
  expect(await exchange(port, get())).toContain('hello')
  random.broken = true
  expect(await exchange(port, get())).toBe('')
  random.broken = false
  expect(await exchange(port, get())).toContain('hello')
  expect(server.stats.counters.get('server.envoy_bug_failures')?.value).toBe(1)
  expect(logger.lines.filter((line) => line.startsWith('critical'))).toEqual([
    expect.stringMatching(/^critical a bug in nuncio ended a connection .*: RangeError: a bug\n +at /),
  ])
})
