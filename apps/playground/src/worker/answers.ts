import { type ConfigView, lint, openConfig } from '@nuncio/checks'
import { canonical } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { LabPlan } from '../state/lab-plan.ts'
import { completionsAt } from './assist/complete.ts'
import { hoverAt } from './assist/hover.ts'
import { clusterSummaries } from './cluster-summaries.ts'
import { explain } from './explain.ts'
import { mapOf } from './map-of.ts'
import type { CallName, Calls, Checked } from './protocol.ts'
import { routeTestFile, runRows } from './route-tests.ts'
import { productApi } from './product.ts'

/** What places in explanations are called. */
const FILE = 'line'
/** A text beyond this is not looked at: it would take longer than anybody waits. */
const LARGEST = 8 * 1024 * 1024

/** Answers calls about one configuration at a time: the one that was checked last. */
export class Answers implements Calls {
  #text = ''
  #view: ConfigView | undefined = undefined

  /** Runs a call by its name. */
  async call(name: CallName, args: readonly unknown[], onProgress: (share: number) => void): Promise<unknown> {
    const more = name === 'simulate' ? [args[0], onProgress] : args
    return await (this[name] as (...args: readonly unknown[]) => unknown)(...more)
  }

  check(text: string): Checked {
    const view = this.#open(text)
    const problems = [...view.problems, ...lint(view)].toSorted((a, b) => a.line - b.line || a.column - b.column)
    return { kind: view.loaded.kind, problems, map: mapOf(view, problems), clusters: clusterSummaries(view) }
  }

  explain(request: Parameters<Calls['explain']>[0]): ReturnType<Calls['explain']> {
    return explain(this.#current(), request)
  }

  test(rows: Parameters<Calls['test']>[0]): ReturnType<Calls['test']> {
    return runRows(this.#current(), rows)
  }

  testFile(rows: Parameters<Calls['testFile']>[0]): string {
    return routeTestFile(rows)
  }

  canonical(text: string): ReturnType<Calls['canonical']> {
    const { text: written = text, problems } = canonical(checkSize(text), productApi())
    return { text: written, problems }
  }

  complete(text: string, offset: number): ReturnType<Calls['complete']> {
    return completionsAt(checkSize(text), offset)
  }

  async hover(text: string, offset: number): ReturnType<Calls['hover']> {
    return await hoverAt(checkSize(text), offset)
  }

  async simulate(plan: LabPlan, onProgress: (share: number) => void): ReturnType<Calls['simulate']> {
    const { runPlan } = await import('./laboratory.ts')
    return runPlan(openConfig(checkSize(plan.text), productApi()), plan, onProgress)
  }

  async hashPicture(plan: LabPlan, absent: readonly string[]): ReturnType<Calls['hashPicture']> {
    const { pictureOf } = await import('./laboratory.ts')
    return pictureOf(openConfig(checkSize(plan.text), productApi()), plan, absent)
  }

  #open(text: string): ConfigView {
    if (this.#view === undefined || text !== this.#text) {
      this.#view = openConfig(checkSize(text), { ...productApi(), file: FILE })
      this.#text = text
    }
    return this.#view
  }

  #current(): ConfigView {
    return this.#open(this.#text)
  }
}

function checkSize(text: string): string {
  if (text.length <= LARGEST) return text
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `the text is larger than ${LARGEST / 1024 / 1024} MB`, {
    hint: 'nuncio validate FILE takes larger ones',
  })
}
