import { useSignal } from '@preact/signals'
import { type Incident, INCIDENT_KINDS, type IncidentKind, incidentText, parseIncident } from '@nuncio/simulator'
import { lab, labHosts, setLab } from '../state/lab.ts'

const KINDS = Object.keys(INCIDENT_KINDS) as IncidentKind[]

/** What happens, on a line of time. */
export function Incidents() {
  const { incidents, seconds } = lab.value
  const written = useSignal('')
  const wrong = useSignal('')
  const add = (text: string): void => {
    try {
      setLab({ incidents: [...incidents, incidentText(parseIncident(text))] })
      written.value = ''
      wrong.value = ''
    } catch (error) {
      wrong.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <section class="lab-incidents" aria-label="Incidents">
      <h2>Incidents</h2>
      <ul class="timeline">
        {incidents.map((text, i) => (
          <Bar
            key={`${i} ${text}`}
            text={text}
            seconds={seconds}
            onRemove={() => setLab({ incidents: incidents.filter((_, at) => at !== i) })}
          />
        ))}
      </ul>
      <form
        class="incident-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (written.value.trim() !== '') add(written.value)
        }}
      >
        <label class="field">
          <span>Add</span>
          <select
            value=""
            onChange={(event) => (written.value = draft(event.currentTarget.value as IncidentKind, seconds))}
          >
            <option value="" disabled>
              an incident
            </option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kind}: {INCIDENT_KINDS[kind].about}
              </option>
            ))}
          </select>
        </label>
        <label class="field incident-text">
          <span>in words</span>
          <input
            type="text"
            spellcheck={false}
            list="incident-targets"
            placeholder="down zone:zone-a 5s-10s"
            value={written.value}
            onInput={(event) => (written.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button">
          Add
        </button>
      </form>
      {wrong.value !== '' && <p class="failure">{wrong.value}</p>}
    </section>
  )
}

/** A first version to change: of the first host, from a quarter to the half of the time. */
function draft(kind: IncidentKind, seconds: number): string {
  const { hosts } = labHosts.value
  const amount = INCIDENT_KINDS[kind].amount
  const target = kind === 'surge' ? '*' : (hosts[0] ?? '*')
  return incidentText({ kind, target, fromS: Math.round(seconds / 4), toS: Math.round(seconds / 2), amount })
}

function Bar({
  text,
  seconds,
  onRemove,
}: {
  readonly text: string
  readonly seconds: number
  readonly onRemove: () => void
}) {
  const incident = read(text)
  const from = Math.min(1, (incident?.fromS ?? 0) / seconds)
  const to = Math.min(1, (incident?.toS ?? seconds) / seconds)
  return (
    <li class="timeline-row">
      <span class="timeline-text">{text}</span>
      <span class="timeline-track" aria-hidden="true">
        <span
          class="timeline-bar"
          data-kind={incident?.kind}
          style={{ left: `${from * 100}%`, width: `${Math.max(1, (to - from) * 100)}%` }}
        />
      </span>
      <button type="button" class="line-link" aria-label={`Remove ${text}`} onClick={onRemove}>
        ×
      </button>
    </li>
  )
}

/** Links may carry texts that are no incidents: they are shown, and running says what is wrong. */
function read(text: string): Incident | undefined {
  try {
    return parseIncident(text)
  } catch {
    return undefined
  }
}
