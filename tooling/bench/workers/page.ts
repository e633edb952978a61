/** What so many workers did. */
export interface WorkersRow {
  readonly workers: number
  /** Requests a second. */
  readonly rate: number
  /** Of all processes together, for each request. */
  readonly cpuMicros: number
  readonly rssMiB: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: number
}

export interface WorkersReport {
  readonly rows: readonly WorkersRow[]
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
  readonly load: string
  readonly machine: readonly string[]
}

function line({ workers, rate, cpuMicros, rssMiB, p50Ms, p99Ms, errors }: WorkersRow): string {
  const cells = [
    workers,
    Math.round(rate),
    cpuMicros.toFixed(1),
    Math.round(rssMiB),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]
  return `| ${[...cells, errors].join(' | ')} |`
}

/** The page of results. */
export function workersPage({ rows, seconds, rounds, connections, load, machine }: WorkersReport): string {
  return `# Workers

Written by \`npm run bench:workers\` on ${new Date().toISOString().slice(0, 10)}: 1 KiB answers over ${connections} connections that are kept, all the load that
${load} can make. Of ${rounds} rounds of ${seconds} s the one that cost least. With one worker it serves in the process itself; with
more there is a process beside them that carries no traffic, and memory is that of all together.

| workers | requests/s | CPU µs/request | MiB in all | p50 ms | p99 ms | errors |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => line(row)).join('\n')}

Nothing is pinned to a core, so load and origin take their part of the same cores: on a machine with as few as it has workers
throughput says little, CPU per request says what a worker costs. What is lost when workers are replaced, killed or handed
over stands in [reload.md](reload.md), why they are processes in [decision 11](../decisions/0011-workers-are-processes.md).

${machine.join('; ')}.
`
}
