import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type LiveHeap, liveHeap } from './live-heap.ts'

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

/** A sample, and what is alive in the heap at the end of it, after a collection. */
export interface Moment extends Sample, LiveHeap {}

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

/** Looks inside after a sample, of which the resident size would be another after the collection. */
export async function lookInside(sample: Sample, inspectorPort: number): Promise<Moment> {
  return { ...sample, ...(await liveHeap(inspectorPort)) }
}

/** A moment in words. */
export function words({ rssMiB, dataMiB, codeMiB, sockets, timers, deadlines }: Moment): string {
  return `${rssMiB.toFixed(1)} MiB, ${dataMiB.toFixed(2)} of live data, ${codeMiB.toFixed(2)} of code, ${sockets} sockets, ${timers} timers, ${deadlines} deadlines`
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
