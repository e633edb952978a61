import { describe, expect, it } from 'vitest'
import { PoolConnection } from './pool-connection.ts'
import { ReadyConnections } from './ready-connections.ts'
import type { StreamPool } from './stream-pool.ts'

const made = (id: number, maxStreams: number): PoolConnection => new PoolConnection({} as StreamPool, id, 0, maxStreams, 100) // prettier-ignore

describe('ReadyConnections', () => {
  it('hands out last in, first out, whoever leaves from the middle', () => {
    const ready = new ReadyConnections({ capacity: 0 })
    const [one, two, three] = [made(1, 1), made(2, 1), made(3, 1)] as const
    for (const connection of [one, two, three]) ready.enter(connection)
    ready.leave(two, 'draining')
    expect([ready.top, two.state]).toEqual([three, 'draining'])
    ready.leave(three, 'busy')
    expect(ready.top).toBe(one)
    ready.enter(three)
    ready.leave(one, 'closed')
    ready.leave(three, 'busy')
    expect(ready.top).toBeUndefined()
  })

  it('knows how much room there is, on its connections and in all pools', () => {
    const total = { capacity: 5 }
    const ready = new ReadyConnections(total)
    const connection = made(1, 10)
    connection.streams = 3
    ready.enter(connection)
    ready.makeRoom(-1)
    connection.streams++
    expect([ready.capacity, total.capacity]).toEqual([6, 11])
    ready.leave(connection, 'draining')
    expect([ready.capacity, total.capacity]).toEqual([0, 5])
  })

  it('takes no room away when a connection has more streams than it may', () => {
    const ready = new ReadyConnections({ capacity: 0 })
    const connection = made(1, 2)
    ready.enter(connection)
    connection.maxStreams = 0
    ready.makeRoom(-2)
    connection.streams = 2
    ready.leave(connection, 'busy')
    expect(ready.capacity).toBe(0)
  })
})
