import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What a process holds at one time. */
export interface Sample {
  readonly atMs: number
  readonly rssMiB: number
  /** Open sockets, the listening ones among them. */
  readonly sockets: number
  readonly timers: number
  /** Deadlines on the timer wheel. */
  readonly deadlines: number
}

/** Looks at a proxy from outside, and asks its admin for what only it knows. */
export async function takeSample(pid: number, adminPort: number): Promise<Sample> {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
  const stats = await (await fetch(`http://127.0.0.1:${adminPort}/stats?filter=^server\\.(timers|deadlines)$`)).text()
  const stat = (name: string): number =>
    Number(new RegExp(`^server\\.${name}: (\\d+)$`, 'm').exec(stats)?.[1] ?? Number.NaN)
  return {
    atMs: performance.now(),
    rssMiB: (pages * 4096) / 1024 / 1024,
    sockets: socketsOf(pid),
    timers: stat('timers'),
    deadlines: stat('deadlines'),
  }
}

function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** Growth of the memory in MiB a minute: the slope of a straight line through the samples. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const n = samples.length
  if (n < 2) return 0
  const x = samples.map(({ atMs }) => atMs / 60_000)
  const [meanX, meanY] = [x.reduce((a, b) => a + b, 0) / n, samples.reduce((a, { rssMiB }) => a + rssMiB, 0) / n]
  let [above, below] = [0, 0]
  for (const [i, { rssMiB }] of samples.entries()) {
    above += (x[i]! - meanX) * (rssMiB - meanY)
    below += (x[i]! - meanX) ** 2
  }
  return below === 0 ? 0 : above / below
}
