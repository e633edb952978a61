import { readFileSync } from 'node:fs'

/** What `resolv.conf(5)` says of names that are not absolute. */
export interface SearchList {
  readonly domains: readonly string[]
  /** A name with at least so many dots is tried as it stands first. */
  readonly ndots: number
}

/** Names are looked up as they stand. */
export const NO_SEARCH: SearchList = { domains: [], ndots: 1 }

export function parseSearchList(text: string): SearchList {
  let domains: string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (word === 'search' || word === 'domain') domains = rest
    if (word !== 'options') continue
    for (const option of rest) {
      const match = /^ndots:(\d+)$/.exec(option)
      if (match !== null) ndots = Math.min(15, Number(match[1]))
    }
  }
  return { domains, ndots }
}

/** The machine's search list; empty when the file cannot be read. */
export function readSearchList(path = '/etc/resolv.conf'): SearchList {
  try {
    return parseSearchList(readFileSync(path, 'utf8'))
  } catch {
    return NO_SEARCH
  }
}

/** The absolute names to ask for, in order: Kubernetes and the like name services by a first part only. */
export function candidates(name: string, search: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const expanded = search.domains.map((domain) => `${name}.${domain.replace(/\.$/, '')}`)
  const dots = name.split('.').length - 1
  return dots >= search.ndots ? [name, ...expanded] : [...expanded, name]
}
