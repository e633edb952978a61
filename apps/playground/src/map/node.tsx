import { useEffect, useRef } from 'preact/hooks'
import { showLine } from '../state/store.ts'
import type { MapNode } from './model.ts'
import { type PlacedNode, TITLES } from './placed.ts'

interface NodeProps {
  readonly placed: PlacedNode
  readonly lit: boolean
  /** Whether the editor's cursor is in it. */
  readonly here: boolean
  readonly onTouch: (id: string) => void
}

/** One thing of the configuration; leads to its line. */
export function Node({ placed: { node, x, y, width, height }, lit, here, onTouch }: NodeProps) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (here) button.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [here])
  const words = [node.title, node.detail, ...findings(node)].filter((part) => part !== '')
  return (
    <button
      ref={button}
      type="button"
      class="node"
      data-id={node.id}
      data-column={node.column}
      data-lit={lit}
      data-here={here}
      data-severity={node.errors > 0 ? 'error' : node.warnings > 0 ? 'warning' : ''}
      data-hidden={node.hidden > 0}
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
      aria-label={[TITLES[node.column].slice(0, -1), ...words].join(', ')}
      title={words.join('\n')}
      onClick={() => showLine(node.line)}
      onMouseEnter={() => onTouch(node.id)}
      onMouseLeave={() => onTouch('')}
      onFocus={() => onTouch(node.id)}
      onBlur={() => onTouch('')}
    >
      <span class="node-title">{node.title}</span>
      {node.detail !== '' && <span class="node-detail">{node.detail}</span>}
    </button>
  )
}

function findings({ errors, warnings }: MapNode): string[] {
  return [
    errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : '',
    warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '',
  ]
}
