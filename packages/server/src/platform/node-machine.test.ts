import { expect, test } from 'vitest'
import { NodeMachine } from './node-machine.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a turn of the event loop lasts from the first question about it to the end of its I/O', async () => {
  const machine = new NodeMachine()
  await turn()
  expect(machine.turnMs()).toBe(0)
  let longer = 0
  while (longer === 0) longer = machine.turnMs()
  expect(longer).toBeGreaterThan(0)
  await turn()
  expect(machine.turnMs()).toBe(0)
})
