import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** /proc/stat counts in hundredths of a second on every Linux that Node runs on. */
const TICK_MICROS = 10_000

/** The busy time of one core since boot, microseconds: all but idle and waiting for disks. */
export function busyMicros(core: number): number {
  if (!existsSync('/proc/stat')) return 0
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`cpu${core} `))
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * TICK_MICROS
}

/** Waits, up to `patienceMs`, until the core was less than 5 % busy for 0.3 s. */
export async function untilQuiet(core: number, patienceMs: number): Promise<void> {
  for (const began = performance.now(); performance.now() - began < patienceMs;) {
    const before = busyMicros(core)
    const at = performance.now()
    await sleep(300)
    if (busyMicros(core) - before < 0.05 * (performance.now() - at) * 1000) return
  }
}
