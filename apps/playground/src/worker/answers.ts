import { type ConfigView, lint, openConfig } from '@nuncio/checks'
import type { Problem } from '@nuncio/config'
import { NuncioError, withParts } from '@nuncio/core'
import type { LabPlan } from '../state/lab-plan.ts'
import type { CallName, Calls, Checked } from './protocol.ts'
import { productApi } from './product.ts'

/** What places in explanations are called. */
const FILE = 'line'
/** A text beyond this is not looked at: it would take longer than anybody waits. */
const LARGEST = 8 * 1024 * 1024

interface Known {
  readonly view: ConfigView
  readonly problems: readonly Problem[]
}

/**
 * Answers calls about one configuration at a time: the one that was checked last. Checking is what a first visit waits
 * for; the code of every other answer is loaded when it is asked for.
 */
export class Answers implements Calls {
  #known: Known | undefined = undefined

  /** Runs a call by its name, with the parts of the program that it needs. */
  async call(name: CallName, args: readonly unknown[], onProgress: (share: number) => void): Promise<unknown> {
    const more = name === 'simulate' ? [args[0], onProgress] : args
    return await withParts(() => (this[name] as (...args: readonly unknown[]) => unknown)(...more))
  }

  check(text: string, typed = false): Checked {
    const view = openConfig(checkSize(text), { ...productApi(), file: FILE })
    const problems = [...view.problems, ...unsaid(view)].toSorted((a, b) => a.line - b.line || a.column - b.column)
    const readable = view.loaded.result.partial !== undefined
    if (readable || !typed) this.#known = { view, problems }
    return { kind: view.loaded.kind, readable, problems }
  }

  async overview(): ReturnType<Calls['overview']> {
    const { view, problems } = this.#current()
    const { overviewOf } = await import('./overview.ts')
    return overviewOf(view, problems)
  }

  async explain(request: Parameters<Calls['explain']>[0]): ReturnType<Calls['explain']> {
    const { view } = this.#current()
    const { explain } = await import('./explain.ts')
    return explain(view, request)
  }

  async test(rows: Parameters<Calls['test']>[0]): ReturnType<Calls['test']> {
    const { view } = this.#current()
    const { runRows } = await import('./route-tests.ts')
    return runRows(view, rows)
  }

  async testFile(rows: Parameters<Calls['testFile']>[0]): Promise<string> {
    const { routeTestFile } = await import('./route-test-file.ts')
    return routeTestFile(rows)
  }

  async canonical(text: string): ReturnType<Calls['canonical']> {
    checkSize(text)
    const { canonicalText } = await import('./canonical.ts')
    return canonicalText(text)
  }

  async complete(text: string, offset: number): ReturnType<Calls['complete']> {
    checkSize(text)
    const { completionsAt } = await import('./assist/complete.ts')
    return completionsAt(text, offset)
  }

  async hover(text: string, offset: number): ReturnType<Calls['hover']> {
    checkSize(text)
    const { hoverAt } = await import('./assist/hover.ts')
    return await hoverAt(text, offset)
  }

  async simulate(plan: LabPlan, onProgress: (share: number) => void): ReturnType<Calls['simulate']> {
    const { runPlan } = await import('./laboratory.ts')
    return runPlan(openConfig(checkSize(plan.text), productApi()), plan, onProgress)
  }

  async hashPicture(plan: LabPlan, absent: readonly string[]): ReturnType<Calls['hashPicture']> {
    const { pictureOf } = await import('./laboratory.ts')
    return pictureOf(openConfig(checkSize(plan.text), productApi()), plan, absent)
  }

  #current(): Known {
    if (this.#known === undefined) this.check('')
    return this.#known!
  }
}

function checkSize(text: string): string {
  if (text.length <= LARGEST) return text
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `the text is larger than ${LARGEST / 1024 / 1024} MB`, {
    hint: 'nuncio validate FILE takes larger ones',
  })
}

/** What lint finds and loading did not: both tell of routes to clusters that are not there. */
function unsaid(view: ConfigView): readonly Problem[] {
  const dangling = new Set(view.problems.filter(({ code }) => code === 'dangling-reference').map(({ path }) => path))
  return lint(view).filter(({ code, path }) => code !== 'missing-cluster' || !dangling.has(path))
}
