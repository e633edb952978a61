import { batch, computed, effect, signal } from '@preact/signals'
import type { Answer, AskedRequest, Checked, Overview, RouteTestOutcome, RouteTestRow } from '../worker/protocol.ts'
import { WorkerClient } from '../worker/client.ts'

export const PARTS = ['map', 'request', 'laboratory'] as const
export type Part = (typeof PARTS)[number]
/** What a narrow window shows: the editor has a page of its own there. */
export type Page = 'edit' | Part

export const PLAIN_REQUEST: AskedRequest = {
  method: 'GET',
  url: 'http://localhost:8080/',
  headers: '',
  source: '',
  random: '',
}

/** The configuration as it stands in the editor. */
export const text = signal('')
/** The text as it came from elsewhere as a whole: anything else is typed. */
let arrived = ''
/** A name for it, for titles; '' = none. */
export const fileName = signal('')
export const page = signal<Page>('map')
export const request = signal<AskedRequest>(PLAIN_REQUEST)
export const rows = signal<readonly RouteTestRow[]>([])

/** What the worker knows of the text; undefined until it has answered. */
export const checked = signal<Checked | undefined>(undefined)
/** The map and the clusters of the text; comes after what is wrong with it. */
export const overview = signal<Overview | undefined>(undefined)
/** Whether all but the problems is of the text before, as this one cannot be read. */
export const stale = signal(false)
export const checking = signal(false)
/** How many texts were checked, and requests answered; tests wait for them. */
export const checksDone = signal(0)
export const answersDone = signal(0)
/** Why the text could not be looked at; '' = it could. */
export const failure = signal('')
export const answer = signal<Answer | undefined>(undefined)
export const answerFailure = signal('')
export const outcomes = signal<readonly RouteTestOutcome[]>([])
/** A line that the editor is asked to show; the number grows so that the same line can be asked for again. */
export const shownLine = signal({ line: 0, n: 0 })
/** A short notice for everybody, such as that a link was copied; '' = none. */
export const notice = signal('')

/** Answers everything but simulations. */
export const checker = new WorkerClient()

export const litNodes = computed(() => new Set(page.value === 'laboratory' ? [] : (answer.value?.way ?? [])))

export function showLine(line: number): void {
  if (line <= 0) return
  shownLine.value = { line, n: shownLine.value.n + 1 }
  if (matchMedia('(max-width: 899px)').matches) page.value = 'edit'
}

export function say(what: string): void {
  notice.value = what
  setTimeout(() => {
    if (notice.value === what) notice.value = ''
  }, 4000)
}

/** Shows another text. */
export function openText(now: string, name: string): void {
  arrived = now
  text.value = now
  fileName.value = name
}

/** The URL that was suggested, as long as nobody chose another; undefined when it is not to be changed. */
let suggested: string | undefined = PLAIN_REQUEST.url

/** Takes over a request as somebody made it. */
export function openRequest(what: AskedRequest): void {
  suggested = undefined
  request.value = what
}

function takeOver(seen: Overview): void {
  batch(() => {
    overview.value = seen
    stale.value = false
    if (request.value.url !== suggested || seen.url === '') return
    suggested = seen.url
    request.value = { ...request.value, url: seen.url }
  })
}

/**
 * Keeps what is derived from text, request and tests up to date, from now on: what is wrong with the text first, then
 * what it consists of, then what becomes of requests.
 */
export function keepUp(): void {
  effect(() => {
    void check(text.value)
  })
  effect(() => {
    void ask(overview.value, request.value)
  })
  effect(() => {
    void test(overview.value, rows.value)
  })
}

let checks = 0

async function check(now: string): Promise<void> {
  const mine = ++checks
  checking.value = true
  // Typing asks many times: only the last question of a short while is sent, and answered.
  await new Promise((resolve) => setTimeout(resolve, checked.peek() === undefined ? 0 : 60))
  if (mine !== checks) return
  try {
    const typed = now !== arrived && overview.peek() !== undefined
    const found = await checker.call('check', [now, typed])
    if (mine !== checks) return
    checked.value = found
    failure.value = ''
    stale.value = typed && !found.readable
    const seen = stale.value ? undefined : await checker.call('overview', [])
    if (mine !== checks) return
    if (seen !== undefined) takeOver(seen)
  } catch (error) {
    if (mine !== checks) return
    failure.value = error instanceof Error ? error.message : String(error)
  }
  checking.value = false
  checksDone.value++
}

let questions = 0

async function ask(known: Overview | undefined, what: AskedRequest): Promise<void> {
  const mine = ++questions
  if (known === undefined) return
  try {
    const found = await checker.call('explain', [what])
    if (mine !== questions) return
    answer.value = found
    answerFailure.value = ''
  } catch (error) {
    if (mine !== questions) return
    answer.value = undefined
    answerFailure.value = error instanceof Error ? error.message : String(error)
  }
  answersDone.value++
}

let runs = 0

async function test(known: Overview | undefined, list: typeof rows.value): Promise<void> {
  const mine = ++runs
  const found = known === undefined || list.length === 0 ? [] : await checker.call('test', [list]).catch(() => [])
  if (mine === runs) outcomes.value = found
}
