import { networkInterfaces } from 'node:os'

/** The address families that an interface other than the loopback has: only their addresses can be reached. */
export function routableFamilies(interfaces: typeof networkInterfaces = networkInterfaces): ReadonlySet<4 | 6> {
  const families = new Set<4 | 6>()
  for (const addresses of Object.values(interfaces())) {
    for (const { family, internal } of addresses ?? []) if (!internal) families.add(family === 'IPv4' ? 4 : 6)
  }
  return families
}
