import { request } from '../state/store.ts'
import type { AskedRequest } from '../worker/protocol.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT']

function change(part: Partial<AskedRequest>): void {
  request.value = { ...request.value, ...part }
}

/** A request, as one types it. The answer follows while one types. */
export function RequestForm() {
  const { method, url, headers, source, random } = request.value
  return (
    <form class="request-form" onSubmit={(event) => event.preventDefault()}>
      <label class="field field-method">
        <span>Method</span>
        <select value={method} onChange={(event) => change({ method: event.currentTarget.value })}>
          {(METHODS.includes(method) ? METHODS : [method, ...METHODS]).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label class="field field-url">
        <span>URL</span>
        <input
          type="text"
          inputMode="url"
          spellcheck={false}
          autocomplete="off"
          value={url}
          onInput={(event) => change({ url: event.currentTarget.value })}
        />
      </label>
      <label class="field field-headers">
        <span>Headers, one a line</span>
        <textarea
          rows={2}
          spellcheck={false}
          placeholder="x-user: ann"
          value={headers}
          onInput={(event) => change({ headers: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Source address</span>
        <input
          type="text"
          spellcheck={false}
          placeholder="127.0.0.1"
          value={source}
          onInput={(event) => change({ source: event.currentTarget.value.trim() })}
        />
      </label>
      <label class="field">
        <span>Random value</span>
        <input
          type="text"
          inputMode="numeric"
          placeholder="0"
          value={random}
          onInput={(event) => change({ random: event.currentTarget.value.replaceAll(/\D/g, '') })}
        />
      </label>
    </form>
  )
}
