import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Annotation, EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { completions, hovers } from './assist.ts'
import { look } from './look.ts'

/** Marks changes that the page makes, such as opening an example: it need not hear of them. */
export const FROM_PAGE = Annotation.define<boolean>()

/** What an editor tells. */
export interface EditorListener {
  /** The text was changed by typing; comes once for a burst of keys, as turning a large text into one string takes long. */
  onText(text: string): void
  /** The line that the cursor is in, from 1. */
  onLine(line: number): void
}

const BURST_MS = 80

/** A YAML editor in `parent`. Tab leaves it, as everywhere on the page; Enter and Ctrl-] indent. */
export function createEditor(parent: HTMLElement, text: string, listener: EditorListener): EditorView {
  let timer = 0
  const changes = EditorView.updateListener.of((update) => {
    if (update.docChanged && !update.transactions.some((each) => each.annotation(FROM_PAGE) === true)) {
      clearTimeout(timer)
      timer = window.setTimeout(() => listener.onText(update.view.state.doc.toString()), BURST_MS)
    }
    if (update.selectionSet) listener.onLine(update.state.doc.lineAt(update.state.selection.main.head).number)
  })
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        autocompletion({ override: [completions], icons: false }),
        hovers,
        yaml(),
        look,
        EditorView.contentAttributes.of({ 'aria-label': 'Configuration, YAML or JSON', tabindex: '0' }),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        changes,
      ],
    }),
  })
}
