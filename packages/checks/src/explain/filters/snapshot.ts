import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import { quoted } from '@nuncio/matching'

const PSEUDO = ['method', 'scheme', 'authority', 'path'] as const

/** A request as it was at one moment: lines by what they are called. */
export class Snapshot {
  readonly #values = new Map<string, string>()

  constructor(headers: RequestHeaders, info: StreamInfo) {
    for (const name of PSEUDO) this.#values.set(`:${name}`, headers[name])
    headers.forEach((name, value) => {
      if (name.startsWith(':')) return
      const before = this.#values.get(`header ${name}`)
      this.#values.set(`header ${name}`, before === undefined ? value : `${before}, ${value}`)
    })
    for (const [namespace, fields] of info.metadata ?? [])
      this.#values.set(`metadata ${namespace}`, JSON.stringify(fields))
    for (const [key, value] of info.filterState ?? []) this.#values.set(`filter state ${key}`, value.serialize() ?? '')
  }

  /** What became other since then, in words. */
  changesTo(later: Snapshot): string[] {
    const names = new Set([...this.#values.keys(), ...later.#values.keys()])
    return [...names].flatMap((name) => {
      const before = this.#values.get(name)
      const after = later.#values.get(name)
      if (before === after) return []
      if (after === undefined) return [`removes ${name}`]
      return [
        before === undefined
          ? `adds ${name} ${shown(after)}`
          : `changes ${name} from ${shown(before)} to ${shown(after)}`,
      ]
    })
  }
}

const LONGEST = 80

function shown(value: string): string {
  return quoted(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
}
