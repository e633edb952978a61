import { FATES } from '@nuncio/core'
import { type AdminContext, type AdminEndpoint, jsonResponse, textResponse } from '../endpoint.ts'

/** How the requests of one `http.<prefix>.` or `cluster.<name>.` ended. */
interface Ledger {
  readonly of: 'http' | 'cluster'
  readonly name: string
  /** Requests that are over; the fates add up to it. */
  readonly requests: number
  /** By fate, those that came to pass. */
  readonly fates: Readonly<Record<string, number>>
}

const NAME = /^(http|cluster)\.(.+)\.fate\.([a-z_]+)$/

/** `/fates`: how requests ended, by connection manager and by cluster. */
export function fatesEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/fates',
    help: 'how requests ended, in shares that add up to all of them',
    mutates: false,
    params: [{ name: 'format', help: 'The format', kind: ['text', 'json'] }],
    handle({ params }) {
      const all = ledgers(view.stats.store.counters)
      return params.get('format') === 'json' ? jsonResponse({ ledgers: all }) : textResponse(all.map(asText).join(''))
    },
  }
}

function ledgers(counters: ReadonlyMap<string, { readonly value: number }>): Ledger[] {
  const found = new Map<string, Map<string, number>>()
  for (const [stat, { value }] of counters) {
    const match = stat.includes('.fate.') ? NAME.exec(stat) : null
    if (match === null || value === 0) continue
    const key = `${match[1]}.${match[2]}`
    const fates = found.get(key) ?? new Map<string, number>()
    found.set(key, fates.set(match[3]!, value))
  }
  return [...found].map(([key, fates]) => {
    const dot = key.indexOf('.')
    const inOrder = Object.keys(FATES).filter((fate) => fates.has(fate))
    return {
      of: key.slice(0, dot) as Ledger['of'],
      name: key.slice(dot + 1),
      requests: [...fates.values()].reduce((sum, count) => sum + count, 0),
      fates: Object.fromEntries(inOrder.map((fate) => [fate, fates.get(fate)!])),
    }
  })
}

/** `http.ingress::success::12 (100.00%)`, and a first line with the sum. */
function asText({ of, name, requests, fates }: Ledger): string {
  const lines = Object.entries(fates).map(
    ([fate, count]) => `${of}.${name}::${fate}::${count} (${((count / requests) * 100).toFixed(2)}%)`,
  )
  return [`${of}.${name}::requests::${requests}`, ...lines, ''].join('\n')
}
