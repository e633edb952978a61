import { answer, page, request } from '../state/store.ts'

/** Which request's way is lit, and where it ends. */
export function MapWay() {
  if (answer.value === undefined) return null
  const { method, url } = request.value
  return (
    <p class="map-way">
      <button type="button" class="link" onClick={() => (page.value = 'request')}>
        {method} {url}
      </button>{' '}
      {answer.value.verdict}
    </p>
  )
}
