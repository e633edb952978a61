import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { type EditorView, hoverTooltip, type Tooltip } from '@codemirror/view'
import { checker } from '../state/store.ts'

const ICONS = { property: 'property', enum: 'enum', type: 'type', constant: 'constant' } as const

/** In larger texts completion comes only when it is asked for: reading them takes longer than typing a word. */
const LARGE = 300_000

/** What may be written here, asked of the worker. */
export async function completions(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w@.]*/)
  if (!context.explicit && (word === null || word.from === word.to || context.state.doc.length > LARGE)) return null
  const found = await checker.call('complete', [context.state.doc.toString(), context.pos]).catch(() => undefined)
  if (found === undefined || context.aborted) return null
  return {
    from: found.from,
    validFor: /^[\w@.]*$/,
    options: found.options.map(({ label, detail, apply, kind }) => ({ label, detail, apply, type: ICONS[kind] })),
  }
}

/** What the API says of the word under the pointer. */
export const hovers = hoverTooltip(async (view: EditorView, pos: number): Promise<Tooltip | null> => {
  const found = await checker.call('hover', [view.state.doc.toString(), pos]).catch(() => undefined)
  if (found === undefined) return null
  return {
    pos: found.from,
    end: found.to,
    create: () => {
      const dom = document.createElement('div')
      dom.className = 'api-doc'
      const head = dom.appendChild(document.createElement('p'))
      head.appendChild(document.createElement('strong')).textContent = found.name
      head.append(` ${[found.type, ...found.notes].join(', ')}`)
      dom.appendChild(document.createElement('p')).textContent = found.doc
      return { dom }
    },
  }
})
