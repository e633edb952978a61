import { FakeDnsServer } from '@nuncio/upstream/testing'
import { Origin } from './origin.ts'

/** The name that all origins of a fleet have. */
export const NAME = 'origins.test'

/** Origins on neighbouring loopback addresses and one port, behind one name of a DNS server of our own. */
export class Fleet {
  readonly origins: readonly Origin[]
  readonly dns: FakeDnsServer

  private constructor(origins: readonly Origin[], dns: FakeDnsServer) {
    this.origins = origins
    this.dns = dns
    this.publish()
  }

  /** `latencies`: of each origin, ms. */
  static async start(latencies: readonly number[]): Promise<Fleet> {
    const origins = latencies.map((ms, i) => new Origin(`127.0.0.${11 + i}`, ms))
    const [first, ...others] = origins
    await first!.listen(0)
    for (const origin of others) await origin.listen(first!.port)
    return new Fleet(origins, await FakeDnsServer.listen())
  }

  get port(): number {
    return this.origins[0]!.port
  }
  get requests(): number {
    return this.origins.reduce((sum, origin) => sum + origin.requests, 0)
  }

  /** Tells DNS who is there. */
  publish(): void {
    const present = this.origins.filter((origin) => origin.fault.kind !== 'out of DNS')
    this.dns.set(NAME, { addresses: present.map(({ ip }) => ip), ttlSeconds: 1 })
  }

  async close(): Promise<void> {
    await Promise.all(this.origins.map((origin) => origin.close()))
    await this.dns.close()
  }
}
