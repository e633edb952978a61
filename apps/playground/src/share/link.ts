import { lab } from '../state/lab.ts'
import { fileName, openRequest, openText, page, request, rows, say, text } from '../state/store.ts'
import { pack, unpack } from './packed.ts'
import { type PageState, readState, stateText } from './state-text.ts'

/** The page's whole state, for a link. */
function currentState(): PageState {
  return {
    text: text.value,
    fileName: fileName.value,
    page: page.value,
    request: request.value,
    rows: rows.value,
    lab: lab.value,
  }
}

function takeOver(state: PageState): void {
  openText(state.text, state.fileName)
  page.value = state.page
  openRequest(state.request)
  rows.value = state.rows
  lab.value = state.lab
}

/** Puts the state into the address, and the address into the clipboard. */
export async function share(): Promise<void> {
  history.replaceState(null, '', `#${await pack(stateText(currentState()))}`)
  try {
    await navigator.clipboard.writeText(location.href)
    say('The link is copied. All of it is in the link, nothing was uploaded.')
  } catch {
    say('The link is in the address bar. All of it is in the link, nothing was uploaded.')
  }
}

/** Takes over what the address carries; says whether that was a state. */
export async function openLink(hash: string): Promise<boolean> {
  const packed = hash.replace(/^#/, '')
  if (packed === '') return false
  const json = await unpack(packed)
  const state = json === undefined ? undefined : readState(json)
  if (state === undefined) {
    say('The link is damaged, or it is none of this page.')
    return false
  }
  takeOver(state)
  return true
}
