import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What a process and all its children have used so far. */
export interface Usage {
  /** Run time of all threads, microseconds: nanosecond counters of the scheduler, so short slices are exact. */
  readonly cpuMicros: number
  /** The same in clock ticks, split as the kernel splits it; only the ratio of the two is used. */
  readonly userTicks: number
  readonly systemTicks: number
  readonly rssKiB: number
}

const read = (file: string): string => (existsSync(file) ? tryRead(file) : '')

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // A thread may end between listing and reading.
  }
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** The process and its descendants: nginx does its work in a child. */
function processTree(pid: number): number[] {
  const children = threads(pid).flatMap((tid) =>
    read(`/proc/${pid}/task/${tid}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap((child) => processTree(child))]
}

function runMicros(pid: number): number {
  let nanos = 0
  for (const tid of threads(pid)) nanos += Number(read(`/proc/${pid}/task/${tid}/schedstat`).split(' ')[0] ?? 0)
  return nanos / 1000
}

function ticks(pid: number): [user: number, system: number] {
  // The second field is the command in parentheses and may hold spaces; what follows it does not.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return [Number(fields[11] ?? 0), Number(fields[12] ?? 0)]
}

function rss(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

/** Linux only: reads /proc. */
export function usageOf(pid: number): Usage {
  let cpuMicros = 0
  let userTicks = 0
  let systemTicks = 0
  let rssKiB = 0
  for (const each of processTree(pid)) {
    const [user, system] = ticks(each)
    cpuMicros += runMicros(each)
    userTicks += user
    systemTicks += system
    rssKiB += rss(each)
  }
  return { cpuMicros, userTicks, systemTicks, rssKiB }
}
