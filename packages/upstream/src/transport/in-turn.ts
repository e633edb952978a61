import type { Socket } from 'node:net'
import type { Preamble, PreambleFacts } from './transport.ts'

/** The outer transport's first words, then those of the one inside it. */
export function inTurn(outer: Preamble, inner: Preamble | undefined): Preamble {
  return inner === undefined ? outer : new InTurn(outer, inner)
}

class InTurn implements Preamble {
  readonly #first: Preamble
  readonly #second: Preamble

  constructor(first: Preamble, second: Preamble) {
    this.#first = first
    this.#second = second
  }

  run(socket: Socket, facts: PreambleFacts, done: (failure: string) => void): void {
    this.#first.run(socket, facts, (failure) => {
      if (failure === '') this.#second.run(socket, facts, done)
      else done(failure)
    })
  }
}
