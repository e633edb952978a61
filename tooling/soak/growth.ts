/** So much memory at a time. */
export interface Point {
  readonly atMs: number
  readonly mib: number
}

const MINUTE_MS = 60_000

/** The least of each minute: a heap breathes between two collections, and only what never goes down has grown. */
export function leastOfMinutes(points: readonly Point[]): Point[] {
  const beganMs = points[0]?.atMs ?? 0
  const least: Point[] = []
  for (const point of points) {
    const minute = Math.floor((point.atMs - beganMs) / MINUTE_MS)
    if (least[minute] === undefined || point.mib < least[minute].mib) least[minute] = point
  }
  return least.filter((point) => point !== undefined)
}

/** Growth in MiB a minute from the first third on: before, caches fill and code is compiled. */
export function growthPerMinute(points: readonly Point[]): number {
  return slopePerMinute(points.slice(Math.floor(points.length / 3)))
}

/** The slope of a straight line through points, in MiB a minute. */
function slopePerMinute(points: readonly Point[]): number {
  const n = points.length
  if (n < 2) return 0
  const x = points.map(({ atMs }) => atMs / MINUTE_MS)
  const [meanX, meanY] = [x.reduce((a, b) => a + b, 0) / n, points.reduce((a, { mib }) => a + mib, 0) / n]
  let [above, below] = [0, 0]
  for (const [i, { mib }] of points.entries()) {
    above += (x[i]! - meanX) * (mib - meanY)
    below += (x[i]! - meanX) ** 2
  }
  return below === 0 ? 0 : above / below
}
