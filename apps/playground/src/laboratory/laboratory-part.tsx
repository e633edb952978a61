import { labFailure, progress, reports, run, stop } from '../state/lab.ts'
import { Capacity } from './capacity.tsx'
import { Controls } from './controls.tsx'
import { Incidents } from './incidents.tsx'
import { Results } from './results.tsx'
import { Ring } from './ring.tsx'

/** A cluster under load: settings, troubles, and what comes of them. */
export function LaboratoryPart() {
  const share = progress.value
  return (
    <div class="lab">
      <Controls />
      <Capacity />
      <Incidents />
      <div class="lab-run">
        {share === undefined ? (
          <button type="button" class="button primary" onClick={() => void run()}>
            Run
          </button>
        ) : (
          <>
            <button type="button" class="button" onClick={stop}>
              Stop
            </button>
            <progress aria-label="Simulated so far" max={1} value={share} />
          </>
        )}
        {labFailure.value !== '' && <p class="failure">{labFailure.value}</p>}
      </div>
      {reports.value.length > 0 && <Results reports={reports.value} />}
      <Ring />
    </div>
  )
}
