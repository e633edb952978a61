import type { Edit, Path } from '../short-forms/edit.ts'
import type { ShortFormContext } from '../short-forms/short-form.ts'
import type { Entry, Node } from '../tree/node.ts'
import { plainValue } from '../tree/plain-value.ts'
import type { Walk } from './walk.ts'

/** The node to read where a message stands: what its short form stands for, or the node itself. */
export function applyShortForm(walk: Walk, type: string, node: Node): Node {
  const form = walk.shortForms?.get(type)
  return form ? form(node, new WalkContext(walk, walk.path)) : node
}

/** Notes that a field is to be called by its snake_case name. */
export function noteName(walk: Walk, name: string, entry: Entry): void {
  walk.edits?.push({ op: 'rename', path: [...new WalkContext(walk, walk.path).path, entry.key], key: name })
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
    return this.#path.map((step) =>
      typeof step === 'string' && step.startsWith('[') ? (JSON.parse(step.slice(1, -1)) as string) : step,
    )
  }

  say(offset: number, message: string, canonical: string): void {
    this.#walk.say('short-form', 'info', offset, message, canonical)
  }

  note(edit: Edit): void {
    if (this.#walk.edits) this.#walk.edits.push(edit.op === 'set' ? { ...edit, value: plainValue(edit.value) } : edit)
  }

  at(path: Path): ShortFormContext {
    return new WalkContext(this.#walk, path)
  }
}
