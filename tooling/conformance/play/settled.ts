import { eventually } from '../client/waiting.ts'
import type { Scene } from './play-step.ts'
import { readStats } from './stats.ts'

/** A proxy may keep a connection for the rest of a request that never comes. */
const PATIENCE_MS = 4000
/** What is under way in a proxy: connections of clients, and lines that are not in their file yet. */
const UNDER_WAY = 'downstream_(pre_)?cx_active$|^filesystem.write_total_buffered$'
const COUNTS = /^listener\.(?!admin\.)|^filesystem\./

/**
 * Waits until nothing of a case is under way any more: neither in the proxy, nor in the origins. `times`: how often in a row that is
 * to be seen; a line may be written a moment after its connection was counted out.
 */
export async function settled({ proxy, origins }: Pick<Scene, 'proxy' | 'origins'>, times: number): Promise<void> {
  let seen = 0
  await eventually(
    PATIENCE_MS,
    async () => {
      const quiet = [...origins.values()].every((origin) => origin.settled)
      const stats = quiet ? await readStats(proxy, UNDER_WAY) : []
      seen = quiet && ![...stats].some(([name, value]) => value !== 0 && COUNTS.test(name)) ? seen + 1 : 0
      return seen >= times
    },
    2,
  )
}
