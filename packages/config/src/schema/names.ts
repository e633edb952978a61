/** `string_match` → `stringMatch`, as proto-JSON writes it. */
export function camelCase(name: string): string {
  return name.includes('_') ? name.replace(/_([a-z0-9])/g, (_, char: string) => char.toUpperCase()) : name
}

/** `stringMatch` → `string_match`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (char) => `_${char.toLowerCase()}`)
}

/** `a.b.v3.Name` of `type.googleapis.com/a.b.v3.Name`. */
export function typeNameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** The nearest of the names, if it is near: what a typing error was meant to be. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    const far = distance(name, candidate, least)
    if (far < least) {
      least = far
      best = candidate
    }
  }
  return best
}

/** Insertions, deletions, substitutions and swaps of neighbours between two names; `limit` when there are as many. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > 300 || b.length > 300) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next[j] = cost
      if (cost < least) least = cost
    }
    if (least >= limit) return limit
    before = row
    row = next
  }
  return row[b.length]!
}
