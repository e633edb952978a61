import { setDiagnostics } from '@codemirror/lint'
import { EditorView } from '@codemirror/view'
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { cursorLine } from '../state/cursor.ts'
import { checked, failure, overview, shownLine, text } from '../state/store.ts'
import { addComfort, createEditor, FROM_PAGE } from './create-editor.ts'
import { diagnosticsOf } from './diagnostics.ts'

/** The configuration, with its problems marked. */
export function Editor() {
  const parent = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let shown = text.peek()
    const view = createEditor(parent.current!, shown, {
      onText: (now) => {
        shown = now
        text.value = now
      },
      onLine: (line) => (cursorLine.value = line),
      onFocus: () => comfortOnce(),
    })
    /** Not before the problems are there, which a first visit waits for; unless somebody begins to type. */
    let comfortable = false
    const comfortOnce = (): void => {
      if (comfortable) return
      comfortable = true
      addComfort(view).catch(() => (comfortable = false))
    }
    /** A text that came from elsewhere: an example, a link, a file. */
    const takeOver = (now: string): void => {
      if (now === shown) return
      shown = now
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: now },
        selection: { anchor: 0 },
        scrollIntoView: true,
        annotations: FROM_PAGE.of(true),
      })
    }
    const stops = [
      effect(() => takeOver(text.value)),
      effect(() => mark(view)),
      effect(() => show(view)),
      effect(() => {
        if (overview.value !== undefined || failure.value !== '') comfortOnce()
      }),
    ]
    return () => {
      for (const stop of stops) stop()
      view.destroy()
    }
  }, [])
  return <div class="editor" ref={parent} />
}

function mark(view: EditorView): void {
  const found = checked.value
  if (found !== undefined) view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state.doc, found.problems)))
}

function show(view: EditorView): void {
  const { line } = shownLine.value
  if (line < 1 || line > view.state.doc.lines) return
  view.dispatch({
    selection: { anchor: view.state.doc.line(line).from },
    effects: EditorView.scrollIntoView(view.state.doc.line(line).from, { y: 'center' }),
  })
  view.focus()
}
