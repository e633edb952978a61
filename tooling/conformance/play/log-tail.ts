import { existsSync, readFileSync } from 'node:fs'
import { eventually } from '../client/waiting.ts'
import { readLogLine } from '../model/log-format.ts'

const PATIENCE_MS = 4000

/** Reads what is added to an access log. */
export class LogTail {
  readonly #file: string
  readonly #beside: boolean
  #taken = 0

  /** `beside` is whether other logs write into the file, each before the wide line: only wide ones are waited for then. */
  constructor(file: string, beside: boolean) {
    this.#file = file
    this.#beside = beside
  }

  #lines(): readonly string[] {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1) : []
  }

  #come(known: boolean): number {
    const lines = this.#lines().slice(this.#taken)
    return this.#beside && !known ? lines.filter((line) => !('line' in readLogLine(line))).length : lines.length
  }

  /** The lines since the last call, once there are so many of them, or when no more come; `known` is whether so many must. */
  async take(count: number, known = false): Promise<Record<string, string>[]> {
    await eventually(PATIENCE_MS, () => this.#come(known) >= count, 3)
    const lines = this.#lines().slice(this.#taken)
    this.#taken += lines.length
    return lines.map((line) => readLogLine(line))
  }
}
