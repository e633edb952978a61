import { useSignal } from '@preact/signals'
import type { SimulationReport } from '@nuncio/simulator'
import { useEffect } from 'preact/hooks'
import { Charts } from './charts.tsx'
import { HostBars } from './host-bars.tsx'
import { Numbers } from './numbers.tsx'
import { ScoreTable } from './score-table.tsx'

/** A simulation plays in this many real seconds, however long it is. */
const PLAY_SECONDS = 12

/** What came of it: numbers side by side, and the course of things, which can be played. */
export function Results({ reports }: { readonly reports: readonly SimulationReport[] }) {
  const at = useSignal(1)
  const playing = useSignal(false)
  useEffect(() => {
    at.value = 0
    playing.value = !matchMedia('(prefers-reduced-motion: reduce)').matches
    if (!playing.value) at.value = 1
  }, [reports])
  useEffect(() => (playing.value ? play(at, playing) : undefined), [playing.value, reports])
  const seconds = reports[0]!.seconds
  return (
    <section class="lab-results" aria-label="Results">
      <Numbers reports={reports} />
      <div class="player">
        <button
          type="button"
          class="button"
          onClick={() => {
            if (!playing.value && at.value >= 1) at.value = 0
            playing.value = !playing.value
          }}
        >
          {playing.value ? 'Pause' : 'Play'}
        </button>
        <input
          type="range"
          aria-label="Time shown"
          aria-valuetext={`${(at.value * seconds).toFixed(1)} s`}
          min={0}
          max={1}
          step={0.001}
          value={at.value}
          onInput={(event) => {
            playing.value = false
            at.value = event.currentTarget.valueAsNumber
          }}
        />
        <output class="player-time">{(at.value * seconds).toFixed(1)} s</output>
      </div>
      <div class="side-by-side" data-count={reports.length}>
        {reports.map((report, i) => (
          <article key={i} class="run">
            <h3>{report.policy.toLowerCase().replaceAll('_', ' ')}</h3>
            <HostBars report={report} at={at.value} most={mostActive(reports)} />
            <Charts report={report} at={at.value} mostMs={mostLatency(reports)} />
            <ScoreTable report={report} at={at.value} />
            <Events report={report} at={at.value} />
          </article>
        ))}
      </div>
    </section>
  )
}

function play(at: { value: number }, playing: { value: boolean }): () => void {
  let frame = 0
  let last = performance.now()
  const next = (now: number): void => {
    at.value = Math.min(1, at.value + (now - last) / 1000 / PLAY_SECONDS)
    last = now
    if (at.value >= 1) playing.value = false
    else frame = requestAnimationFrame(next)
  }
  frame = requestAnimationFrame(next)
  return () => cancelAnimationFrame(frame)
}

function Events({ report, at }: { readonly report: SimulationReport; readonly at: number }) {
  const until = at * report.seconds * 1000
  const past = report.events.filter(({ atMs }) => atMs <= until)
  return (
    <ol class="events" aria-label="Events">
      {past.slice(-8).map(({ atMs, kind, text }, i) => (
        <li key={`${atMs} ${i} ${text}`} data-kind={kind}>
          <span class="event-time">{(atMs / 1000).toFixed(1)} s</span> {text}
        </li>
      ))}
    </ol>
  )
}

/** Two runs are drawn to one scale. */
function mostActive(reports: readonly SimulationReport[]): number {
  return Math.max(1, ...reports.flatMap(({ series }) => series.hosts.flatMap(({ active }) => active)))
}

function mostLatency(reports: readonly SimulationReport[]): number {
  return Math.max(1, ...reports.flatMap(({ series }) => series.p99))
}
