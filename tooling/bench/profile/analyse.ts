/** The part of V8's .cpuprofile format that is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

export interface SelfTime {
  /** Function and place, or the group's name. */
  readonly name: string
  readonly group: string
  readonly micros: number
}

const WRITES = /^(write(Latin1|Utf8|Ascii|Ucs2)String|writeBuffer|writev|shutdown)$/

/** The first that fits names the group; the order matters. */
const GROUPS: readonly (readonly [group: string, url: RegExp])[] = [
  [
    'node: net, stream, buffer',
    /^node:(net|stream|buffer|internal\/(streams?|stream_base_commons|net|buffer|js_stream)|_tls|tls)/,
  ],
  [
    'node: nextTick, timers, events, async_hooks',
    /^node:(events|timers|async_hooks|internal\/(process|timers|events|async_hooks|async_context|priority))/,
  ],
  ['node: http', /^node:(_http|http|internal\/http)/],
  ['node: crypto', /^node:(crypto|internal\/crypto)/],
  ['undici', /[\\/]undici[\\/]|^node:internal\/deps\/undici/],
  ['node: other', /^node:/],
  ['other packages', /[\\/]node_modules[\\/](?!@nuncio)/],
]

/** Which part of the program a frame belongs to. */
export function groupOf({ functionName, url }: ProfileNode['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return '(program): event loop, read(2), epoll'
  if (functionName === '(idle)') return 'idle'
  const own = /[\\/](?:packages|apps)[\\/]([^\\/]+)[\\/]/.exec(url)
  if (own && !url.includes('node_modules')) return `nuncio: ${own[1]}`
  if (url === '') return WRITES.test(functionName) ? 'write(2) and its delivery' : 'builtins'
  return GROUPS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other'
}

function place({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const file = url.split(/[\\/]/).slice(-2).join('/')
  return `${functionName || '(anonymous)'}${file ? ` ${file}:${lineNumber + 1}` : ''}`
}

/** Self time by function and place, most first; idle time is left out. */
export function selfTimes(profile: CpuProfile): SelfTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const sums = new Map<string, SelfTime>()
  for (const [i, id] of profile.samples.entries()) {
    const frame = nodes.get(id)
    if (!frame) continue
    const group = groupOf(frame)
    // Starting and stopping the profiler is not the program's work.
    if (group === 'idle' || frame.url === 'node:inspector') continue
    const name = place(frame)
    const micros = (sums.get(name)?.micros ?? 0) + (profile.timeDeltas[i] ?? 0)
    sums.set(name, { name, group, micros })
  }
  return [...sums.values()].toSorted((a, b) => b.micros - a.micros)
}

/** The same summed by group, most first. */
export function byGroup(times: readonly SelfTime[]): SelfTime[] {
  const sums = new Map<string, number>()
  for (const { group, micros } of times) sums.set(group, (sums.get(group) ?? 0) + micros)
  return [...sums].map(([group, micros]) => ({ name: group, group, micros })).toSorted((a, b) => b.micros - a.micros)
}
