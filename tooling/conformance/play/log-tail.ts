import { existsSync, readFileSync } from 'node:fs'
import { eventually } from '../client/waiting.ts'
import { readLogLine } from '../model/log-format.ts'

const PATIENCE_MS = 500

/** Reads what is added to an access log. */
export class LogTail {
  readonly #file: string
  #taken = 0

  constructor(file: string) {
    this.#file = file
  }

  #lines(): readonly string[] {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').slice(0, -1) : []
  }

  /** The lines since the last call, once there are so many of them, or when no more come. */
  async take(count: number): Promise<Record<string, string>[]> {
    await eventually(PATIENCE_MS, () => this.#lines().length >= this.#taken + count, 3)
    const lines = this.#lines().slice(this.#taken)
    this.#taken += lines.length
    return lines.map((line) => readLogLine(line))
  }
}
