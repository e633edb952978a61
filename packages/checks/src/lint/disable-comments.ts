import type { Problem } from '@nuncio/config'

const COMMENT = /#\s*nuncio-lint-disable-(next-line|line|file)\b([^\n]*)/g

/** What comments in texts switch off: codes by file and line; line 0 is the whole file, '*' every code. */
export class DisableComments {
  readonly #disabled = new Set<string>()

  constructor(texts: ReadonlyMap<string, string>) {
    for (const [file, text] of texts) if (text.includes('nuncio-lint-disable-')) this.#read(file, text)
  }

  #read(file: string, text: string): void {
    let line = 1
    let at = 0
    for (const found of text.matchAll(COMMENT)) {
      for (let next = text.indexOf('\n', at); next >= 0 && next < found.index; next = text.indexOf('\n', at)) {
        line++
        at = next + 1
      }
      const about = found[1] === 'file' ? 0 : found[1] === 'line' ? line : line + 1
      const codes = (found[2] ?? '').split(/[\s,]+/).filter((word) => /^[a-z][a-z0-9-]*$/.test(word))
      for (const code of codes.length === 0 ? ['*'] : codes) this.#disabled.add(`${file}:${about}:${code}`)
    }
  }

  covers({ file, line, code }: Problem): boolean {
    if (this.#disabled.size === 0) return false
    return [0, line].some((at) => this.#disabled.has(`${file}:${at}:*`) || this.#disabled.has(`${file}:${at}:${code}`))
  }
}
