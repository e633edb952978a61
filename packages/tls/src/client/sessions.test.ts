import { expect, test } from 'vitest'
import { type Session, Sessions } from './sessions.ts'

const session = (text: string): Session => ({
  bytes: Buffer.from(text),
  once: true,
  peer: {} as Session['peer'],
})

test('however many hosts there were, the sessions of some thousands are kept, the first given up first', () => {
  const sessions = new Sessions(2)
  const keys = Array.from({ length: 10_000 }, (_, i) => `host-${i}`)
  for (const key of keys) sessions.keep(key, session(key))
  expect(sessions.take('host-0')).toBeUndefined()
  expect(sessions.take('host-9999')?.bytes.toString()).toBe('host-9999')
  expect(keys.filter((key) => sessions.take(key) !== undefined)).toHaveLength(4095)
})

test('of one host no more are kept than configured, the newest', () => {
  const sessions = new Sessions(2)
  for (let i = 0; i < 1000; i++) sessions.keep('host', session(String(i)))
  expect([1, 2, 3].map(() => sessions.take('host')?.bytes.toString())).toEqual(['999', '998', undefined])
})
