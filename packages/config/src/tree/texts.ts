import type { Position } from '../position.ts'

interface Text {
  readonly file: string
  readonly text: string
  readonly base: number
  lines: number[] | undefined
}

/** The texts that one load reads, one after the other in one space of offsets, and the lines in them. */
export class Texts {
  readonly #texts: Text[] = []

  /** Adds a text; its offsets begin at the number returned. */
  add(file: string, text: string): number {
    const last = this.#texts.at(-1)
    const base = last ? last.base + last.text.length + 1 : 0
    this.#texts.push({ file, text, base, lines: undefined })
    return base
  }

  /** Line and column of an offset, counted from 1. A negative offset has no place in a text: line and column 0. */
  position(offset: number): Position {
    let text = this.#texts[0]
    if (!text || offset < 0) return { file: text?.file ?? '', line: 0, column: 0 }
    for (const next of this.#texts) if (next.base <= offset) text = next
    const at = Math.min(offset - text.base, text.text.length)
    text.lines ??= lineStarts(text.text)
    const line = lineAt(text.lines, at)
    return { file: text.file, line: line + 1, column: at - text.lines[line]! + 1 }
  }

  /** The texts by file name, for printing problems with the lines they are about. */
  byFile(): ReadonlyMap<string, string> {
    return new Map(this.#texts.map(({ file, text }) => [file, text]))
  }
}

export function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

/** The index of the line that holds an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
