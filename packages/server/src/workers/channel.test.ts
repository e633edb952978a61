import { NuncioError } from '@nuncio/core'
import { expect, test } from 'vitest'
import { Channel } from './channel.ts'
import { linkedPorts } from './testing/linked-ports.ts'

type Sums = {
  readonly add: { readonly ask: readonly number[]; readonly answer: number }
  readonly fail: { readonly ask: undefined; readonly answer: void }
  readonly handle: { readonly ask: string; readonly answer: string }
}

function world() {
  const { left, right, close } = linkedPorts()
  const handle = { fd: 7 }
  new Channel<Sums>(right).serve<Sums>({
    add: (numbers) => numbers.reduce((sum, n) => sum + n, 0),
    fail: () => {
      throw new NuncioError('ERR_NUNCIO_TEST', 'it failed', { hint: 'do better' })
    },
    handle: (name) => ({ value: `${name}!`, handle }),
  })
  return { channel: new Channel<Sums>(left), handle, close }
}

test('questions are answered, each with its own answer', async () => {
  const { channel } = world()
  expect(await Promise.all([channel.ask('add', [1, 2]), channel.ask('add', [3, 4])])).toEqual([3, 7])
})

test('a handle comes with an answer', async () => {
  const { channel, handle } = world()
  const answer = await channel.askWithHandle('handle', 'socket')
  expect(answer.value).toBe('socket!')
  expect(answer.handle).toBe(handle)
})

test('what the other side throws arrives with its code and hint', async () => {
  const { channel } = world()
  await expect(channel.ask('fail', undefined)).rejects.toMatchObject({
    code: 'ERR_NUNCIO_TEST',
    message: 'it failed',
    hint: 'do better',
  })
})

test('questions to a process that ends are rejected, those that wait and those that come', async () => {
  const { channel, close } = world()
  const waiting = channel.ask('add', [1])
  close()
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_NUNCIO_WORKER_GONE' })
  await expect(channel.ask('add', [1])).rejects.toMatchObject({ code: 'ERR_NUNCIO_WORKER_GONE' })
})
