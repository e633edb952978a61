import { printDiff } from '@nuncio/checks'
import type { Logger } from '@nuncio/core'
import type { ReloadOutcome } from './contracts.ts'

const MAX_LINES = 100

/** Tells what a reload came to: what changes and which connections close, or why nothing changes. */
export function logReload(logger: Logger, { outcome, generation, problems, diff }: ReloadOutcome): void {
  if (outcome === 'unchanged') {
    logger.log('info', 'the configuration says what it said before', { generation })
    return
  }
  if (outcome === 'applied') {
    logger.log('info', 'a new configuration is in use', { generation, changes: diff?.changes.length })
    const lines = diff === undefined ? [] : printDiff(diff).trimEnd().split('\n')
    for (const line of lines.slice(0, MAX_LINES)) if (line !== '') logger.log('info', line)
    if (lines.length > MAX_LINES) logger.log('info', `… and ${lines.length - MAX_LINES} more lines`)
    return
  }
  const errors = problems.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const at = first === undefined ? 'the server is stopping' : `${first.file}:${first.line}: ${first.message}`
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  logger.log('error', `the new configuration cannot be used, the old one stays: ${at}${more}`, { generation })
}
