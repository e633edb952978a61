import { effect } from '@preact/signals'
import { openLink } from '../share/link.ts'
import { answersDone, checker, checksDone, keepUp, openText, say, text } from '../state/store.ts'
import { tellWorkers } from '../worker/client.ts'
import { examples } from './examples.ts'

const KEPT = 'nuncio-playground'
const FIRST = 'front-proxy'

/** Finds out what to show first: a link's state, the file of `nuncio playground`, what was there before, an example. */
export async function start(): Promise<void> {
  await readMessages()
  checker.start()
  const shown = (await openLink(location.hash)) || (await openServed()) || restore() || (await openFirst())
  if (!shown) openText('', '')
  keepUp()
  keep()
  addEventListener('hashchange', () => void openLink(location.hash))
  if ('serviceWorker' in navigator && served() === null && import.meta.env.PROD) whenChecked(keepForOffline)
}

/** The service worker fetches every file of the page, which would slow down what is waited for. */
function keepForOffline(): void {
  navigator.serviceWorker.register('./sw.js').catch(() => undefined)
}

/** Calls once, when the first text was checked and the first request answered. */
function whenChecked(act: () => void): void {
  const stop = effect(() => {
    if (checksDone.value === 0 || answersDone.value === 0) return
    queueMicrotask(() => stop())
    act()
  })
}

/** `nuncio playground FILE`, and the admin page, name their configuration in the page. */
function served(): HTMLMetaElement | null {
  return document.querySelector<HTMLMetaElement>('meta[name="nuncio-source"]')
}

/** What people's own filters are configured by, where the page is served with it. */
async function readMessages(): Promise<void> {
  const url = served()?.dataset['messages']
  if (url === undefined) return
  try {
    const response = await fetch(url)
    if (response.ok) tellWorkers(await response.text())
  } catch {
    // Then their messages are unknown types, which the page says.
  }
}

async function openServed(): Promise<boolean> {
  const meta = served()
  if (meta === null) return false
  try {
    const response = await fetch(meta.content)
    if (!response.ok) throw new Error(String(response.status))
    openText(await response.text(), meta.dataset['name'] ?? '')
    return true
  } catch {
    say('The configuration could not be read.')
    return false
  }
}

function restore(): boolean {
  const kept = storage()?.getItem(KEPT) ?? null
  if (kept === null || kept === '') return false
  openText(kept, '')
  return true
}

async function openFirst(): Promise<boolean> {
  const example = examples.find(({ name }) => name === FIRST) ?? examples[0]
  if (example === undefined) return false
  openText(await example.load(), example.name)
  return true
}

/** What is typed survives a reload of this tab, and nothing more: it may hold secrets. */
function keep(): void {
  let timer = 0
  effect(() => {
    const now = text.value
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      try {
        storage()?.setItem(KEPT, now)
      } catch {
        // Larger than a tab may keep: then a reload begins anew.
      }
    }, 500)
  })
}

function storage(): Storage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
