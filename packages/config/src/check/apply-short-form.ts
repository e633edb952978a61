import type { Edit, Path } from '../short-forms/edit.ts'
import type { ShortFormContext } from '../short-forms/short-form.ts'
import type { Node } from '../tree/node.ts'
import type { Walk } from './walk.ts'

/** The node to read where a message stands: what its short form stands for, or the node itself. */
export function applyShortForm(walk: Walk, type: string, node: Node): Node {
  const form = walk.shortForms?.get(type)
  return form ? form(node, new WalkContext(walk, walk.path)) : node
}

class WalkContext implements ShortFormContext {
  readonly #walk: Walk
  readonly #path: Path

  constructor(walk: Walk, path: Path) {
    this.#walk = walk
    this.#path = path
  }

  get path(): Path {
    // A step into a map is kept as it is printed.
    return this.#path.map((step) => (typeof step === 'string' && step.startsWith('[') ? (JSON.parse(step.slice(1, -1)) as string) : step))
  }

  say(offset: number, message: string, canonical: string): void {
    this.#walk.say('short-form', 'info', offset, message, canonical)
  }

  note(edit: Edit): void {
    this.#walk.edits.push(edit)
  }

  at(path: Path): ShortFormContext {
    return new WalkContext(this.#walk, path)
  }
}
