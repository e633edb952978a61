import { envoyMessage, type Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { decideHashing, HASHING_HONOURS } from '../hashing/config.ts'
import { HashingLoadBalancer } from '../hashing/hashing-load-balancer.ts'
import { buildMaglev } from './table.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev'
type Config = Message<typeof TYPE>

const DEFAULT_SIZE = 65_537
const LARGEST = 5_000_011
/** A prime small enough to be filled while traffic waits. */
const ROUGH_SIZE = 4093

export const maglev: LoadBalancerDefinition<Config> = {
  name: 'envoy.load_balancing_policies.maglev',
  config: envoyMessage(TYPE, { [TYPE]: '*', ...HASHING_HONOURS }),
  stability: 'stable',
  create(config, setup) {
    const size = tableSize(config, setup)
    const hashing = decideHashing(config, setup)
    const least = setup.stats.gauge('maglev_lb.min_entries_per_host')
    const most = setup.stats.gauge('maglev_lb.max_entries_per_host')
    return new HashingLoadBalancer('maglev', setup, {
      ...hashing,
      *build(entries, rough) {
        const table = yield* buildMaglev(entries, rough ? Math.min(size, ROUGH_SIZE) : size, hashing.useHostname)
        if (entries.hosts.length > 0) {
          least.set(table.counts.reduce((a, b) => Math.min(a, b), size))
          most.set(table.counts.reduce((a, b) => Math.max(a, b), 0))
        }
        return table
      },
    })
  },
}

function tableSize(config: Config, setup: LoadBalancerSetup): number {
  const size = config.table_size ?? DEFAULT_SIZE
  if (size >= 2 && size <= LARGEST && isPrime(size)) return size
  const message = `table_size ${size} must be a prime number of at most ${LARGEST}`
  reportAt(setup, config, 'table_size', { code: 'bad-value', message, hint: `such as ${DEFAULT_SIZE} or ${LARGEST}` })
  return DEFAULT_SIZE
}

function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2) return false
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}
