import { lintGutter } from '@codemirror/lint'
import { Annotation, Compartment, EditorState, Prec } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  lineNumbers,
} from '@codemirror/view'
import { look } from './look.ts'

/** Marks changes that the page makes, such as opening an example: it need not hear of them. */
export const FROM_PAGE = Annotation.define<boolean>()

/** What an editor tells. */
export interface EditorListener {
  /** The text was changed by typing; comes once for a burst of keys, as turning a large text into one string takes long. */
  onText(text: string): void
  /** The line that the cursor is in, from 1. */
  onLine(line: number): void
  /** Somebody is about to type. */
  onFocus(): void
}

const BURST_MS = 80
const comfort = new Compartment()

/**
 * An editor in `parent` that shows a text with its problems. What helps with writing comes with `addComfort`: it is as
 * large again, and nobody needs it to see what is there.
 */
export function createEditor(parent: HTMLElement, text: string, listener: EditorListener): EditorView {
  let timer = 0
  const changes = EditorView.updateListener.of((update) => {
    if (update.docChanged && !update.transactions.some((each) => each.annotation(FROM_PAGE) === true)) {
      clearTimeout(timer)
      timer = window.setTimeout(() => listener.onText(update.view.state.doc.toString()), BURST_MS)
    }
    if (update.selectionSet) listener.onLine(update.state.doc.lineAt(update.state.selection.main.head).number)
    if (update.focusChanged && update.view.hasFocus) listener.onFocus()
  })
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        // The gutters of folding stand between the numbers and the marks.
        comfort.of([]),
        Prec.low(lintGutter()),
        drawSelection(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        look,
        EditorView.contentAttributes.of({ 'aria-label': 'Configuration, YAML or JSON', tabindex: '0' }),
        changes,
      ],
    }),
  })
}

/** Colours, folding, undo, keys, completion, explanations and search, from now on. */
export async function addComfort(view: EditorView): Promise<void> {
  const { comforts } = await import('./comforts.ts')
  view.dispatch({ effects: comfort.reconfigure(comforts) })
}
