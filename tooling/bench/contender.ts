import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { freePort } from './command.ts'
import { Daemon, get, get2 } from './daemon.ts'
import { ECHO_PATH, type Origin } from './origin/origin.ts'
import type { Peer, Setup } from './peers/peer.ts'
import type { Pinning } from './pinning.ts'
import { pathsOf, type Scenario, type Variant } from './scenarios.ts'
import type { CertificateFiles } from './tls/certificate.ts'

/** A peer that runs as one variant of a scenario. */
export interface Contender {
  readonly name: string
  readonly peer: string
  readonly variant: Variant
  readonly version: string
  readonly notes: readonly string[]
  readonly port: number
  /** The process that is measured. */
  readonly pid: number
  /** On the proxy's core, so that what others use there matters. */
  readonly pinned: boolean
  stop(): Promise<void>
}

export interface Stage {
  readonly scenario: Scenario
  readonly origin: Origin
  readonly folder: string
  readonly pinning: Pinning
  readonly tls: CertificateFiles | undefined
}

/** Starts a peer as a variant; answers why where it cannot. */
export async function startContender(peer: Peer, variant: Variant, stage: Stage): Promise<Contender | string> {
  const name = variant.label ? `${peer.name} (${variant.label})` : peer.name
  const found = peer.find()
  if ('missing' in found) return `${name}: ${found.missing}`
  const port = await freePort()
  const folder = path.join(stage.folder, `${peer.name}-${port}`)
  mkdirSync(folder)
  const { routes, filters, accessLog } = variant
  const { layer, webSocket } = stage.scenario
  const upstreams = stage.origin.ports
  const setup: Setup = { port, upstreams, folder, routes, filters, accessLog, tls: stage.tls, layer, webSocket }
  const refusal = peer.refuses?.(setup)
  if (refusal) return `${name}: ${refusal}`
  const daemon = new Daemon(peer.command(setup), stage.pinning.proxyPrefix, path.join(folder, 'output.log'))
  try {
    const ask = layer === 'http2' ? get2 : get
    await daemon.ready(port, stage.scenario.tls, pathsOf(variant)[0] ?? '/', undefined, ask)
    const notes = [...(peer.notes ?? []), ...(layer === 'http' ? await missingWork(port, stage.scenario.tls) : [])]
    return {
      name,
      peer: peer.name,
      variant,
      version: found.version,
      notes,
      port,
      pid: daemon.pid,
      pinned: true,
      stop: () => daemon.stop(),
    }
  } catch (error) {
    await daemon.stop()
    const message = error instanceof Error ? error.message : String(error)
    // The results are for every machine: no folder of this one.
    return `${name}: ${message.replaceAll(`${folder}${path.sep}`, '')}`
  }
}

/** The origin itself, without a proxy: what load generator and origin can do at most. */
export function direct(stage: Stage, variant: Variant): Contender {
  const { origin } = stage
  const notes = ['no proxy: the ceiling of load and origin; the CPU is the origin’s']
  return {
    name: 'direct',
    peer: 'direct',
    variant,
    version: origin.name,
    notes,
    port: origin.ports[0],
    pid: origin.pid,
    pinned: false,
    stop: () => Promise.resolve(),
  }
}

/** Asks for the request as the origin received it, and lists what of the equal work was not done. */
async function missingWork(port: number, tls: boolean): Promise<string[]> {
  const { body } = await get(port, tls, ECHO_PATH, {
    connection: 'close, x-named-by-connection',
    'x-named-by-connection': 'must not pass',
    'x-forwarded-for': '203.0.113.7',
  })
  const received = new Map(body.split('\n').map((line) => line.split('=', 2) as [string, string]))
  const forwarded = received.get('x-forwarded-for') ?? ''
  const missing = [
    forwarded.startsWith('203.0.113.7') && forwarded.length > 11 ? '' : 'x-forwarded-for',
    received.get('x-forwarded-proto') === (tls ? 'https' : 'http') ? '' : 'x-forwarded-proto',
    received.get('x-request-id') ? '' : 'x-request-id',
    received.get('x-named-by-connection') ? 'headers named by Connection' : '',
  ].filter(Boolean)
  return missing.length > 0 ? [`does not do: ${missing.join(', ')}`] : []
}
