import { HOST_STATES, hostText, type SimulationReport } from '@nuncio/simulator'

const MOST = 40

/** Each host as a bar that fills with the requests it has under way; what waits in its queue is lighter. */
export function HostBars({
  report,
  at,
  most,
}: {
  readonly report: SimulationReport
  readonly at: number
  readonly most: number
}) {
  const { hosts, series } = report
  const place = at * (series.requests.length - 1)
  return (
    <ul class="host-bars" aria-label="Hosts">
      {hosts.slice(0, MOST).map((host, i) => {
        const own = series.hosts[i]!
        const active = between(own.active, place)
        const queued = Math.min(active, between(own.queued, place))
        const state = HOST_STATES[own.state[Math.round(place)] ?? 0]!
        return (
          <li key={host.address} class="host-bar" data-state={state}>
            <span class="host-name">{hostText(host)}</span>
            <span class="host-track" role="img" aria-label={`${Math.round(active)} under way, ${state}`}>
              <span class="host-fill" style={{ transform: `scaleX(${(active - queued) / most})` }} />
              <span
                class="host-queue"
                style={{ transform: `translateX(${((active - queued) / most) * 100}%) scaleX(${queued / most})` }}
              />
            </span>
            <span class="host-count">{state === 'healthy' ? Math.round(active) : state}</span>
          </li>
        )
      })}
      {hosts.length > MOST && <li class="more">and {hosts.length - MOST} more</li>}
    </ul>
  )
}

/** The value between two steps, so that bars move evenly. */
function between(values: readonly number[], place: number): number {
  const low = Math.floor(place)
  const from = values[low] ?? 0
  const to = values[low + 1] ?? from
  return from + (to - from) * (place - low)
}
