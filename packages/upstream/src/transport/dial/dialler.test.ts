import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decideKeepAlive } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { RAW } from '../definition.ts'
import { ProxyProtocolPreamble } from '../proxy-protocol/preamble.ts'
import { addressOrder, type DialAddress } from './address-order.ts'
import { strictPlace } from '@nuncio/matching'
import { localBinding, type LocalBinding } from './bind.ts'
import { Dial, type DialRequest } from './dialler.ts'
import { SOON } from '../../testing/soon.ts'

const servers: Server[] = []
const sockets: Socket[] = []
const PLACE = strictPlace(undefined)
const time = new FakeTime()
let bindErrors = 0

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** A server that answers with what it got, once, and its address. */
async function listen(where: string | number = 0): Promise<DialAddress> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => socket.write(data))
  })
  servers.push(server)
  await new Promise<void>((resolve) =>
    typeof where === 'string' ? server.listen(where, resolve) : server.listen(where, '127.0.0.1', resolve),
  )
  return typeof where === 'string'
    ? { ip: where, port: 0 }
    : { ip: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const { port } = await listen()
  const server = servers.pop()!
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface Outcome {
  socket?: Socket
  address?: DialAddress
  failure?: { side: string; details: string }
}
function dial(
  addresses: DialAddress[],
  more: Partial<DialRequest> = {},
  binding?: LocalBinding,
): { done: Promise<Outcome>; dial: Dial } {
  const settings = {
    time,
    binding,
    keepAlive: { delayMs: 1000, intervalMs: 1000, probes: 2 },
    onBindError: () => void bindErrors++,
  }
  const request: DialRequest = {
    addresses,
    target: { address: 'h', hostname: '', port: 1 },
    transport: RAW,
    options: undefined,
    protocols: [],
    ...more,
  }
  const { promise: done, resolve } = Promise.withResolvers<Outcome>()
  const attempt = new Dial(settings, request, {
    onDialled: (socket, _tls, address) => {
      sockets.push(socket)
      resolve({ socket, address })
    },
    onDialFailed: (failure) => resolve({ failure }),
  })
  attempt.start()
  return { done, dial: attempt }
}
const read = (socket: Socket): Promise<string> =>
  new Promise((resolve) => socket.once('data', (data) => resolve(data.toString('latin1'))))

describe('Dial', () => {
  it('connects to an address and to a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuncio-dial-'))
    for (const address of [await listen(), await listen(join(folder, 's.sock'))]) {
      const { socket, address: used } = await dial([address]).done
      expect(used).toBe(address)
      socket!.write('hello')
      expect(await read(socket!)).toBe('hello')
    }
    rmSync(folder, { recursive: true })
  })

  it('says who refused, in the words of Envoy', async () => {
    const port = await closedPort()
    expect(await dial([{ ip: '127.0.0.1', port }]).done).toEqual({
      failure: { side: 'remote', details: 'delayed connect error: Connection refused' },
    })
    expect(await dial([{ ip: '/nonexistent/x.sock', port: 0 }]).done).toEqual({
      failure: {
        side: 'remote',
        details: 'immediate connect error: No such file or directory|remote address:/nonexistent/x.sock',
      },
    })
  })

  it('connects from the configured address, and counts when it cannot', async () => {
    const address = await listen()
    const bound = await dial(
      [address],
      {},
      localBinding({ source_address: { address: '127.0.0.9', port_value: 0 } }, PLACE),
    ).done
    expect(bound.socket?.localAddress).toBe('127.0.0.9')
    const failed = await dial(
      [address],
      {},
      localBinding({ source_address: { address: '203.0.113.1', port_value: 0 } }, PLACE),
    ).done
    expect(failed.failure).toEqual({
      side: 'local',
      details: 'failed to bind to 203.0.113.1:0: Cannot assign requested address',
    })
    expect(bindErrors).toBe(1)
  })

  it('goes on to the next address when one fails, and tells the last failure', async () => {
    const good = await listen()
    // Nobody listens there; a port that was free a moment ago may be the one that `listen` gets.
    const refused = { ip: '127.0.0.99', port: good.port }
    expect((await dial([refused, good]).done).address).toBe(good)
    expect(await dial([{ ip: '/nowhere', port: 0 }, refused]).done).toMatchObject({
      failure: { details: 'delayed connect error: Connection refused' },
    })
  })

  it('tries the next address beside one that says nothing for 300 ms', async () => {
    const good = await listen()
    // A preamble that never ends stands for a host that never answers.
    const silent = { ...RAW, preamble: { run: () => {} } }
    let runs = 0
    const once = {
      ...RAW,
      preamble: { run: (_: Socket, __: unknown, done: (failure: string) => void) => void (++runs > 1 && done('')) },
    }
    expect(silent.name).toBe(once.name)
    const { done } = dial([good, good], { transport: once })
    await expect.poll(() => runs, SOON).toBe(1)
    time.advance(299)
    expect(runs).toBe(1)
    time.advance(1)
    expect((await done).address).toBe(good)
    expect(time.pending).toBe(0)
  })

  it('leaves neither socket nor timer behind when cancelled', async () => {
    const good = await listen()
    const { dial: attempt } = dial([good, good], { transport: { ...RAW, preamble: { run: () => {} } } })
    await expect.poll(() => sockets.length, SOON).toBe(1)
    attempt.cancel()
    expect(time.pending).toBe(0)
    await new Promise((resolve) => sockets[0]!.once('close', resolve))
  })

  it('tells the downstream connection first', async () => {
    const downstream = {
      source: { address: '10.0.0.1', port: 5 },
      destination: { address: '10.0.0.2', port: 80 },
      tlvs: [],
    }
    const options = { key: '', serverName: '', verifyNames: [], downstream }
    const transport = { ...RAW, preamble: new ProxyProtocolPreamble({ version: 1, added: [], passes: () => false }) }
    const { socket } = await dial([await listen()], { transport, options }).done
    expect(await read(socket!)).toBe('PROXY TCP4 10.0.0.1 10.0.0.2 5 80\r\n')
  })
})

describe('addresses', () => {
  const v4 = (n: number): DialAddress => ({ ip: `10.0.0.${n}`, port: 80 })
  const v6 = (n: number): DialAddress => ({ ip: `fd00::${n}`, port: 80 })

  it('are tried one family and the other in turn', () => {
    const host = { ...v6(1), additionalAddresses: [v6(2), v4(1), v4(2), v6(3)] }
    const ips = (config?: Parameters<typeof addressOrder>[1]): string[] => addressOrder(host, config).map((a) => a.ip)
    expect(ips()).toEqual(['fd00::1', '10.0.0.1', 'fd00::2', '10.0.0.2', 'fd00::3'])
    expect(ips({ first_address_family_version: 'V4' })).toEqual([
      '10.0.0.1',
      'fd00::1',
      '10.0.0.2',
      'fd00::2',
      'fd00::3',
    ])
    expect(ips({ first_address_family_count: 2 })).toEqual(['fd00::1', 'fd00::2', '10.0.0.1', 'fd00::3', '10.0.0.2'])
    expect(addressOrder({ ...v4(1), additionalAddresses: [] })).toHaveLength(1)
  })

  it('take the source address of their own family, and keep-alive as configured', () => {
    const extra = [{ address: { address: '10.0.0.9', port_value: 7 } }]
    const binding = localBinding({ source_address: { address: '::1' }, extra_source_addresses: extra }, PLACE)
    expect(binding).toEqual({
      v4: { localAddress: '10.0.0.9', localPort: 7 },
      v6: { localAddress: '::1', localPort: 0 },
    })
    expect(localBinding(undefined, PLACE)).toBeUndefined()
    expect(decideKeepAlive(undefined)).toBeUndefined()
    expect(decideKeepAlive({ keepalive_time: 30 })).toEqual({ delayMs: 30_000, intervalMs: 75_000, probes: 9 })
  })
})
