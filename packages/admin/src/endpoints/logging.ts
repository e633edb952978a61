import type { LogLevel } from '@nuncio/core'
import {
  type AdminContext,
  type AdminEndpoint,
  type AdminRequest,
  type AdminResponse,
  textResponse,
} from '../endpoint.ts'
import type { LoggingControl } from '../view/admin-view.ts'

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']

/** `POST /logging`: shows and sets the levels of the server's log. */
export function loggingEndpoint({ view }: AdminContext): AdminEndpoint {
  return {
    path: '/logging',
    help: 'query/change logging levels',
    mutates: true,
    params: [
      { name: 'level', help: 'The level of all loggers', kind: ['', ...LEVELS] },
      { name: 'paths', help: 'Levels of several loggers: name:level,name:level', kind: 'text' },
    ],
    handle: (request) => change(request, view.logging),
  }
}

function change({ params }: AdminRequest, logging: LoggingControl): AdminResponse {
  // The home page's form sends its empty fields too.
  const asked = [...params].filter(([, value]) => value !== '')
  const [first] = asked
  if (first === undefined) return textResponse(activeLoggers(logging))
  if (asked.length > 1) return usage('invalid parameters', logging)
  const [name, value] = first
  if (name === 'level') {
    if (!isLevel(value)) return usage('unknown logger level', logging)
    logging.setLevel(value)
    return textResponse(activeLoggers(logging))
  }
  const pairs = name === 'paths' ? value.split(',').map(pairOf) : [[name, value] as const]
  const fault = faultOf(pairs, logging)
  if (fault !== undefined) return usage(fault, logging)
  for (const [component, level] of pairs) logging.setComponentLevel(component, level as LogLevel)
  return textResponse(activeLoggers(logging))
}

function faultOf(pairs: readonly (readonly [string, string])[], logging: LoggingControl): string | undefined {
  const known = new Set(logging.levels().map(([component]) => component))
  for (const [component, level] of pairs) {
    if (!isLevel(level)) return 'unknown logger level'
    if (!known.has(component)) return 'unknown logger name'
  }
  return undefined
}

function pairOf(text: string): readonly [string, string] {
  const colon = text.lastIndexOf(':')
  return [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)]
}

function isLevel(text: string): text is LogLevel {
  return LEVELS.some((level) => level === text)
}

function activeLoggers(logging: LoggingControl): string {
  return `active loggers:\n${logging
    .levels()
    .map(([component, level]) => `  ${component}: ${level}\n`)
    .join('')}`
}

function usage(fault: string, logging: LoggingControl): AdminResponse {
  const lines = [
    `error: ${fault}\n`,
    'usage: /logging?<name>=<level> (change single level)',
    'usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)',
    'usage: /logging?level=<level> (change all levels)',
    `levels: ${LEVELS.join(' ')}`,
    activeLoggers(logging),
  ]
  return textResponse(lines.join('\n'), 400)
}
