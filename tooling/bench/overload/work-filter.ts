import { message, uint32 } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { pbkdf2Sync } from 'node:crypto'

const CONFIG = message('nuncio.bench.v1.Work', { rounds: uint32({ min: 1 }) })

/**
 * A request that costs something, as one with a password to check or a token to verify does: so a proxy can be offered
 * many times what it can do by a generator that has less than a core.
 */
export const work: HttpFilterDefinition<NonNullable<typeof CONFIG.config>> = {
  name: 'nuncio.bench.work',
  config: CONFIG,
  stability: 'stable',
  create({ rounds = 1 }) {
    const filter = { onRequestHeaders: () => void pbkdf2Sync('password', 'salt', rounds, 32, 'sha256') }
    return () => filter
  },
}
