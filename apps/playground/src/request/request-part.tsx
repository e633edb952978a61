import { answer, answerFailure, page } from '../state/store.ts'
import { HeaderTable } from './header-table.tsx'
import { RequestForm } from './request-form.tsx'
import { RouteTests } from './route-tests.tsx'
import { Story } from './story.tsx'

/** A request: where it goes and why, what its headers become, and tests that keep it so. */
export function RequestPart() {
  const told = answer.value
  return (
    <div class="request">
      <RequestForm />
      {answerFailure.value !== '' && <p class="failure">{answerFailure.value}</p>}
      {told !== undefined && (
        <>
          <p class="verdict" data-outcome={told.explanation.outcome} aria-live="polite">
            {told.verdict}
            {told.way.length > 0 && (
              <button type="button" class="link" onClick={() => (page.value = 'map')}>
                show on the map
              </button>
            )}
          </p>
          <Story explanation={told.explanation} />
          <HeaderTable before={told.headersBefore} after={told.headersAfter} />
        </>
      )}
      <RouteTests />
    </div>
  )
}
