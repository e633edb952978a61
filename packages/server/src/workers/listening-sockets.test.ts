import type { BindAddress } from '@nuncio/listener'
import { expect, test } from 'vitest'
import { BoundSocket } from './bound-socket.ts'
import { ListeningSockets } from './listening-sockets.ts'

const at = (port: number, unix = false): BindAddress => ({
  address: unix ? '/run/socket' : '127.0.0.1',
  port,
  unix,
  mode: 0,
  ipv4Compat: false,
})
const SHARED = { owner: 'main/0', reusePort: false }
const OWN = { owner: 'main/0', reusePort: true }

/** A kernel that writes down what is bound and closed. */
class Kernel {
  readonly log: string[] = []
  readonly sockets: ListeningSockets
  open = 0
  #port = 40_000

  constructor() {
    this.sockets = new ListeningSockets({
      bind: (bindAt, reusePort): BoundSocket => {
        const { address, port } = bindAt
        const bound = port === 0 ? ++this.#port : port
        this.log.push(`bind ${address}:${bound}${reusePort ? ' reuse' : ''}`)
        this.open++
        return { at: bindAt, handle: {}, port: bound, close: () => void this.open--, letGo: () => void this.open-- }
      },
      probe: ({ address, port }) => void this.log.push(`probe ${address}:${port}`),
    })
  }
}

test('workers share one socket without reuse_port', () => {
  const { sockets, log } = new Kernel()
  const first = sockets.obtain(at(80), SHARED, 0, 1)
  expect(sockets.obtain(at(80), SHARED, 1, 2)).toBe(first)
  expect(log).toEqual(['bind 127.0.0.1:80'])
})

test('each slot has a socket of its own with reuse_port; the first makes sure that the port is free', () => {
  const kernel = new Kernel()
  const first = kernel.sockets.obtain(at(80), OWN, 0, 1)
  const second = kernel.sockets.obtain(at(80), OWN, 1, 2)
  expect(second).not.toBe(first)
  expect(kernel.log).toEqual(['probe 127.0.0.1:80', 'bind 127.0.0.1:80 reuse', 'bind 127.0.0.1:80 reuse'])
  expect(kernel.open).toBe(2)
})

test('a port that the kernel chose is the same for all workers, and another for each listener', () => {
  const { sockets } = new Kernel()
  const ports = [
    sockets.obtain(at(0), OWN, 0, 1).port,
    sockets.obtain(at(0), OWN, 1, 2).port,
    sockets.obtain(at(0), { ...OWN, owner: 'other/0' }, 0, 1).port,
  ]
  expect(ports[0]).toBe(ports[1])
  expect(ports[2]).not.toBe(ports[0])
})

test('a successor gets the socket of the worker that died, which is not closed meanwhile', () => {
  const kernel = new Kernel()
  const first = kernel.sockets.obtain(at(80), OWN, 0, 1)
  expect(kernel.sockets.obtain(at(80), OWN, 0, 7)).toBe(first)
  kernel.sockets.forget(1)
  expect(kernel.open).toBe(1)
  expect(kernel.sockets.ofSlot(0)).toEqual([['127.0.0.1:80', first]])
})

test('sockets are closed when the last worker lets go of them', () => {
  const kernel = new Kernel()
  kernel.sockets.obtain(at(80), OWN, 0, 1)
  kernel.sockets.obtain(at(80), OWN, 1, 2)
  kernel.sockets.release('127.0.0.1:80', 1)
  expect(kernel.open).toBe(2)
  kernel.sockets.release('127.0.0.1:80', 2)
  expect(kernel.open).toBe(0)
  kernel.sockets.release('127.0.0.1:80', 2)
})

test('a Unix socket is one for all, whatever is asked for', () => {
  const kernel = new Kernel()
  expect(kernel.sockets.obtain(at(0, true), OWN, 0, 1)).toBe(kernel.sockets.obtain(at(0, true), OWN, 1, 2))
  expect(kernel.sockets.ofSlot(1)).toEqual([])
})

test('what is inherited is given to the workers of its slots, and the rest is closed', () => {
  const kernel = new Kernel()
  const closed: number[] = []
  const socket = (n: number): BoundSocket => new BoundSocket(at(80), { n, close: () => closed.push(n) }, 80)
  const group = { key: '127.0.0.1:80', at: at(80), reusePort: true, ports: [80, 80] }
  kernel.sockets.inherit(group, [socket(0), socket(1)])
  kernel.sockets.inherit({ ...group, key: '127.0.0.1:81', at: at(81) }, [socket(2)])
  expect(kernel.sockets.slots).toBe(2)
  expect(kernel.sockets.obtain(at(80), OWN, 1, 1).handle).toMatchObject({ n: 1 })
  kernel.sockets.sweep()
  expect([closed, kernel.log]).toEqual([[2], []])
  expect(kernel.sockets.described).toEqual([group])
  expect(kernel.sockets.at('127.0.0.1:80', 0)?.handle).toMatchObject({ n: 0 })
})
