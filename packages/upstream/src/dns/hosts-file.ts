import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'

/** The addresses of a hosts file (`hosts(5)`) by lower-case name, in the order of the file. */
export function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (ip === undefined || isIP(ip) === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const known = hosts.get(key)
      if (known === undefined) hosts.set(key, [ip])
      else if (!known.includes(ip)) known.push(ip)
    }
  }
  return hosts
}

/**
 * The machine's hosts file, read again when it changed. A missing or unreadable file is an empty one. `localhost` and
 * names below it are the loopback addresses even when the file does not say so (RFC 6761 6.3).
 */
export class HostsFile {
  readonly #path: string
  #stamp = ''
  #hosts = new Map<string, string[]>()

  constructor(path = '/etc/hosts') {
    this.#path = path
  }

  /** The addresses of a name; undefined when the file does not name it. */
  lookup(name: string): readonly string[] | undefined {
    this.#refresh()
    const key = name.toLowerCase().replace(/\.$/, '')
    const found = this.#hosts.get(key)
    if (found !== undefined) return found
    return key === 'localhost' || key.endsWith('.localhost') ? ['127.0.0.1', '::1'] : undefined
  }

  #refresh(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.#path)
      const stamp = `${mtimeMs} ${size} ${ino}`
      if (stamp === this.#stamp) return
      this.#hosts = parseHosts(readFileSync(this.#path, 'utf8'))
      this.#stamp = stamp
    } catch {
      this.#hosts = new Map()
      this.#stamp = ''
    }
  }
}
