import { encode, type Message } from '@nuncio/config'
import type { RbacSubject, Rule } from './rule.ts'

type Expr = Message<'google.api.expr.v1alpha1.Expr'>
type Evaluate = (subject: RbacSubject) => boolean

/**
 * A condition in CEL. The library for it is loaded when the first configuration has one, and not at once: until then
 * nothing can be asked. A condition that fails (a header that is not there) does not hold, as in Envoy.
 */
export class CelCondition implements Rule {
  /** Whether there will never be an answer: the expression is none, or the library is missing. */
  broken = false
  /** Undefined: ready. */
  loading: Promise<void> | undefined
  #evaluate: Evaluate = () => false

  constructor(expression: Expr) {
    this.loading = this.#load(encode('google.api.expr.v1alpha1.Expr', expression))
  }

  async #load(bytes: Uint8Array): Promise<void> {
    try {
      const { planCondition } = await import('./cel-plan.ts')
      this.#evaluate = planCondition(bytes)
    } catch {
      this.broken = true
    }
    this.loading = undefined
  }

  matches(subject: RbacSubject): boolean {
    return this.#evaluate(subject)
  }
}
