import { answer, checker, fileName, outcomes, request, rows, say } from '../state/store.ts'
import type { RouteTestRow } from '../worker/protocol.ts'

/** Requests with what is expected of them; they are asked again whenever the configuration changes. */
export function RouteTests() {
  const failed = outcomes.value.filter(({ failure }) => failure !== '').length
  return (
    <section class="story-part tests">
      <h2>
        Route tests
        {rows.value.length > 0 && (
          <span class="count">
            {failed === 0 ? `${rows.value.length} pass` : `${failed} of ${rows.value.length} fail`}
          </span>
        )}
      </h2>
      <div class="row-actions">
        <button type="button" class="button" disabled={answer.value === undefined} onClick={add}>
          Expect this outcome
        </button>
        <button type="button" class="button" disabled={rows.value.length === 0} onClick={() => void save()}>
          Save for nuncio route-test
        </button>
      </div>
      {rows.value.length > 0 && (
        <ol class="test-list">
          {rows.value.map((row, i) => (
            <TestRow key={i} row={row} index={i} failure={outcomes.value[i]?.failure} />
          ))}
        </ol>
      )}
    </section>
  )
}

function TestRow({
  row,
  index,
  failure,
}: {
  readonly row: RouteTestRow
  readonly index: number
  readonly failure: string | undefined
}) {
  const { method, url } = row.request
  const expected = Object.entries(row.expect)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
  return (
    <li class="test" data-passed={failure === ''}>
      <span class="story-mark" aria-label={failure === '' ? 'passes' : 'fails'} role="img">
        {failure === '' ? '✓' : '✗'}
      </span>
      <button type="button" class="test-request" onClick={() => (request.value = row.request)}>
        {method} {url}
      </button>
      <span class="test-expect">{failure === '' || failure === undefined ? expected : failure}</span>
      <button
        type="button"
        class="line-link"
        aria-label={`Remove the test of ${method} ${url}`}
        onClick={() => (rows.value = rows.value.filter((_, i) => i !== index))}
      >
        ×
      </button>
    </li>
  )
}

function add(): void {
  if (answer.value !== undefined) rows.value = [...rows.value, { request: request.value, expect: answer.value.expect }]
}

async function save(): Promise<void> {
  const text = await checker.call('testFile', [rows.value])
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  link.download = `${(fileName.value || 'envoy').replace(/\.ya?ml$/, '')}.routes.test.yaml`
  link.click()
  URL.revokeObjectURL(link.href)
  say(`Saved ${link.download}: nuncio route-test -c FILE -t ${link.download}`)
}
