import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { EarlyData } from './early-data.ts'

function early(limit: number, onEarlyData: (data: EarlyData) => void): { socket: PassThrough; data: EarlyData } {
  const socket = new PassThrough()
  const data: EarlyData = new EarlyData(socket as unknown as Socket, limit, { onEarlyData: () => onEarlyData(data), onEarlyEnd: () => {} }) // prettier-ignore
  return { socket, data }
}

test('takes what comes, up to the limit, and leaves the rest to the kernel', () => {
  const { socket, data } = early(4, () => {})
  data.start(Buffer.from('abc'))
  expect(socket.isPaused()).toBe(false)
  socket.emit('data', Buffer.from('de'))
  expect(socket.isPaused()).toBe(true)
  expect(data.take()?.toString()).toBe('abcde')
})

test('a limit of nothing leaves all but what was read before', () => {
  const { socket, data } = early(0, () => {})
  data.start(Buffer.from('a'))
  expect([socket.isPaused(), data.take()?.toString()]).toEqual([true, 'a'])
})

test('whoever takes it while it is told of it has the say over the socket', () => {
  const { socket, data } = early(100, (own) => void own.take())
  data.start(Buffer.from('abc'))
  expect([socket.isPaused(), socket.listenerCount('data')]).toEqual([true, 0])
})
