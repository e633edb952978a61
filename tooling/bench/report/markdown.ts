import type { ContenderResult, ScenarioResult, Spread } from '../results.ts'
import { judge, type Verdict } from '../targets.ts'

const range = ({ median, min, max }: Spread, digits = 1): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`

function loadTable(result: ScenarioResult): string[] {
  const nginx = result.contenders.find((each) => each.peer === 'nginx')?.summary?.cpu.median
  const rows = result.contenders.map(({ name, summary }) => {
    if (!summary) return `| ${name} | – | – | – | – | – | – | – | – |`
    const user = `${Math.round(summary.userShare * 100)} %`
    const against = nginx && name !== 'direct' ? (summary.cpu.median / nginx).toFixed(2) : '–'
    const cells = [
      name,
      range(summary.cpu),
      user,
      against,
      range(summary.requestsPerSecond, 0),
      summary.p50Ms.median.toFixed(2),
      range(summary.p99Ms, 2),
      summary.rssMiB.toFixed(0),
      `${summary.clean}${summary.errors > 0 ? `, ${summary.errors} errors` : ''}`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| contender | CPU µs/request | of it user | × nginx | requests/s | p50 ms | p99 ms | RSS MiB | clean slices |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ]
}

function memoryTable(contenders: readonly ContenderResult[]): string[] {
  if (contenders.some((each) => each.growth)) {
    const rows = contenders.map(({ name, growth }) =>
      growth
        ? `| ${name} | ${growth.beforeMiB.toFixed(1)} | ${growth.afterMiB.toFixed(1)} | ${growth.requests} |`
        : `| ${name} | – | – | – |`,
    )
    return ['| contender | RSS MiB before | after | requests |', '|---|---|---|---|', ...rows]
  }
  const rows = contenders.map(({ name, idleKiB }) => `| ${name} | ${idleKiB?.toFixed(2) ?? '–'} |`)
  return ['| contender | KiB each |', '|---|---|', ...rows]
}

function scenarioSection(result: ScenarioResult): string[] {
  const load = result.contenders.some((each) => each.summary && !each.growth)
  const notes = result.contenders.map(
    ({ name, version, notes: all }) => `- ${[`${name}: ${version}`, ...all].join('; ')}`,
  )
  return [
    `## ${result.title}`,
    '',
    `${result.about} (\`--scenario ${result.scenario}\`, ${result.date})`,
    '',
    `![${result.title}](${result.scenario}.svg)`,
    '',
    ...(load ? loadTable(result) : memoryTable(result.contenders)),
    '',
    ...notes,
    ...result.skipped.map((line) => `- not measured: ${line}`),
    '',
    `${[...result.machine, ...result.settings].join('; ')}.`,
    '',
  ]
}

const word = (met: boolean | undefined): string => (met === undefined ? 'not measured' : met ? 'met' : '**missed**')

/** The verdicts as a table. */
function targetTable(verdicts: readonly Verdict[]): string[] {
  return [
    '| target | measured | |',
    '|---|---|---|',
    ...verdicts.map(({ target, measured, met }) => `| ${target} | ${measured ?? '–'} | ${word(met)} |`),
  ]
}

/** The page that holds all results. */
export function page(results: readonly ScenarioResult[]): string {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; how it measures is told in [tooling/bench](../../tooling/bench/README.md). The figure that',
    'decides is the CPU time of the proxy process for each request, from the counters of the operating system.',
    '',
    '## Targets',
    '',
    ...targetTable(judge(results)),
    '',
    ...results.flatMap((result) => scenarioSection(result)),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
