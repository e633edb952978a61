import type { HostDescription, Membership } from '@nuncio/cluster'
import type { TimeSource } from '@nuncio/core'
import { memberAddress } from '../cluster/members.ts'
import type { SimulatedHost } from '../host/simulated-host.ts'
import { refusal } from '../plan/refusal.ts'
import type { Journal } from '../record/journal.ts'
import { type Incident, INCIDENT_KINDS, incidentText } from './incident.ts'

/** What incidents act upon. */
export interface Scene {
  readonly time: TimeSource
  readonly journal: Journal
  /** Every host that is ever a member. */
  readonly membership: Membership
  serverOf(address: string): SimulatedHost
  /** Called when others are members than before. */
  setAbsent(absent: ReadonlySet<string>): void
  setSurge(factor: number): void
}

/** Makes incidents happen, and end. Several may hold at a time, on the same hosts too: the worst counts. */
export class Incidents {
  readonly #scene: Scene
  readonly #active = new Set<Planned>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Throws `ERR_NUNCIO_SIMULATION` when an incident has no host that it is about. */
  plan(incidents: readonly Incident[]): void {
    const planned = incidents.map((incident) => ({ incident, hosts: this.#hostsOf(incident) }))
    const { time } = this.#scene
    for (const each of planned) {
      const { fromS, toS } = each.incident
      time.setTimer(fromS * 1000, () => this.#begin(each))
      if (toS !== undefined) time.setTimer(toS * 1000, () => this.#end(each))
    }
  }

  #begin(planned: Planned): void {
    this.#active.add(planned)
    this.#scene.journal.say('incident', only(planned.hosts), incidentText(planned.incident))
    this.#apply(planned)
  }

  #end(planned: Planned): void {
    this.#active.delete(planned)
    this.#scene.journal.say('incident-over', only(planned.hosts), `over: ${incidentText(planned.incident)}`)
    this.#apply(planned)
  }

  #apply({ incident, hosts }: Planned): void {
    if (incident.kind === 'surge') return this.#scene.setSurge(this.#product('surge', undefined))
    if (incident.kind === 'leave') return this.#scene.setAbsent(this.#absent())
    for (const address of hosts) this.#settle(address)
  }

  #settle(address: string): void {
    const server = this.#scene.serverOf(address)
    server.slowFactor = this.#product('slow', address)
    server.extraMs = this.#of('delay', address).reduce(
      (sum, { amount }) => sum + (amount ?? INCIDENT_KINDS.delay.amount),
      0,
    )
    const fail = this.#of('fail', address).at(-1)
    server.failureShare = fail === undefined ? 0 : (fail.amount ?? INCIDENT_KINDS.fail.amount)
    server.failureStatus = fail?.status ?? 503
    const has = (kind: 'down' | 'lost' | 'freeze'): boolean => this.#of(kind, address).length > 0
    server.state = has('down') ? 'down' : has('lost') ? 'unreachable' : has('freeze') ? 'frozen' : 'up'
  }

  #product(kind: 'slow' | 'surge', address: string | undefined): number {
    return this.#of(kind, address).reduce((product, { amount }) => product * (amount ?? INCIDENT_KINDS[kind].amount), 1)
  }

  #of(kind: Incident['kind'], address: string | undefined): Incident[] {
    const found: Incident[] = []
    for (const { incident, hosts } of this.#active)
      if (incident.kind === kind && (address === undefined || hosts.has(address))) found.push(incident)
    return found
  }

  #absent(): Set<string> {
    const absent = new Set<string>()
    for (const { incident, hosts } of this.#active)
      if (incident.kind === 'leave') for (const address of hosts) absent.add(address)
    return absent
  }

  #hostsOf(incident: Incident): ReadonlySet<string> {
    const found = new Set<string>()
    if (incident.kind === 'surge') return found
    const names: string[] = []
    for (const [priority, level] of this.#scene.membership.levels.entries()) {
      for (const { locality, hosts } of level) {
        for (const host of hosts) {
          const address = memberAddress(host)
          names.push(address)
          if (isTarget(incident.target, host, address, locality.zone, priority)) found.add(address)
        }
      }
    }
    if (found.size === 0)
      throw refusal(`no host of the cluster is ${JSON.stringify(incident.target)}`, `its hosts are ${shortList(names)}`)
    return found
  }
}

interface Planned {
  readonly incident: Incident
  readonly hosts: ReadonlySet<string>
}

function isTarget(target: string, host: HostDescription, address: string, zone: string, priority: number): boolean {
  if (target === '*' || target === address || target === host.hostname || target === host.ip) return true
  if (host.hostname !== undefined && target === `${host.hostname}:${host.port}`) return true
  return target === `zone:${zone}` || target === `priority:${priority}`
}

function only(hosts: ReadonlySet<string>): string {
  return hosts.size === 1 ? [...hosts][0]! : ''
}

function shortList(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`
}
