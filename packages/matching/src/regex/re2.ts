import { RE2JS, RE2JSException } from 're2js'

/** RE2 in JavaScript. Its Unicode tables make it large: a bundle that is made in parts loads it with the first pattern. */
export interface Re2 {
  readonly RE2JS: typeof RE2JS
  readonly RE2JSException: typeof RE2JSException
}

const engine: Re2 = { RE2JS, RE2JSException }

export function re2(): Re2 {
  return engine
}
