import type { Position } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { ExplainStep, RouteTrial } from '@nuncio/router'
import { requestText } from '../request/request-text.ts'
import type { RequestExplanation } from './explain-request.ts'

export interface PrintOptions {
  /** With ANSI colours. */
  readonly colour?: boolean
  /** Show every route that was tried; else the first and last few. */
  readonly all?: boolean
}

type Style = 'bold' | 'dim' | 'green' | 'red'
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, red: 31 }
const SHOWN = 8

/** An explanation for a reader: one line a step, each with its place in the file. */
export function printExplanation(explanation: RequestExplanation, options: PrintOptions = {}): string {
  const printer = new Printer(options.colour === true)
  const { routing, before, filters, request } = explanation
  printer.line(printer.paint('bold', requestText(request)))
  printer.section('on the way', before)
  if (routing !== undefined) {
    printer.section('virtual host', routing.hostSteps)
    if (routing.routes.length > 0) printer.trials(routing.routes, options.all === true)
    if (routing.matched === undefined && routing.nearestMiss !== undefined) printer.miss(routing.nearestMiss)
    printer.section('filters', filters)
    if (explanation.filterAnswer === undefined) {
      printer.section('outcome', routing.outcome)
      printer.section('by the connection manager', explanation.after)
    }
  }
  printer.line('')
  printer.line(printer.paint('bold', verdict(explanation)))
  return printer.text
}

/** The outcome in one sentence. */
export function verdict(explanation: RequestExplanation): string {
  const { grpcStatus } = explanation
  const grpc = grpcStatus === undefined ? '' : ` (a gRPC client gets 200 with grpc-status ${grpcStatus} instead)`
  return outcomeText(explanation) + grpc
}

function outcomeText({
  outcome,
  status,
  location,
  cluster,
  routing,
  routeConfiguration,
  filterAnswer,
}: RequestExplanation): string {
  const where = routing?.matched === undefined ? '' : ` by ${routeName(routing.matched)}${at(routing.matched.position)}`
  switch (outcome) {
    case 'forward': {
      const missing = cluster?.known === true || cluster?.name === '' ? '' : ' (not in this file)'
      const path = routing?.rewrittenPath ?? ''
      const other = routing?.hostByEndpoint === true ? " (the host is the endpoint's hostname, where it has one)" : ''
      return `→ cluster ${quoted(cluster?.name ?? '')}${missing}${where}, as ${routing?.rewrittenHost ?? ''}${path}${other}`
    }
    case 'redirect':
      return `→ ${status} to ${location}${where}`
    case 'direct_response':
      return `→ ${status}, answered directly${where}`
    case 'refused':
      return `→ ${status}, refused before routing${location === '' ? '' : `: ${location}`}`
    case 'filter_response':
      return `→ ${status}, answered by the filter ${quoted(filterAnswer?.filter ?? '')}${location === '' ? '' : `: ${location}`}`
    case 'no_route':
      return `→ 404: no route${routeConfiguration === undefined ? '' : ` in ${quoted(routeConfiguration)}`}`
    case 'no_routes':
      return '→ nowhere: there are no routes to ask'
  }
}

function routeName({ index, name }: RouteTrial): string {
  return `route ${index}${name === '' ? '' : ` ${quoted(name)}`}`
}

function at(position: Position | undefined): string {
  return position === undefined ? '' : ` (${place(position)})`
}

function place({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

class Printer {
  text = ''
  readonly #colour: boolean

  constructor(colour: boolean) {
    this.#colour = colour
  }

  paint(style: Style, text: string): string {
    return this.#colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text
  }
  line(text: string): void {
    this.text += `${text}\n`
  }
  #step(mark: string, text: string, position: Position | undefined): void {
    this.line(`  ${mark}${text}${position === undefined ? '' : `  ${this.paint('dim', place(position))}`}`)
  }

  section(title: string, steps: readonly ExplainStep[]): void {
    if (steps.length === 0) return
    this.line('')
    this.line(title)
    for (const step of steps) this.#step('', step.text, step.position)
  }

  trials(trials: readonly RouteTrial[], all: boolean): void {
    this.line('')
    this.line('routes')
    const hidden = all ? 0 : Math.max(0, trials.length - SHOWN)
    const first = hidden === 0 ? trials.length : SHOWN / 2
    for (const trial of trials.slice(0, first)) this.#trial(trial)
    if (hidden > 0) this.line(this.paint('dim', `  … ${hidden} more that do not match`))
    for (const trial of trials.slice(first + hidden)) this.#trial(trial)
  }

  #trial(trial: RouteTrial): void {
    const { matched, predicates } = trial
    const mark = matched ? this.paint('green', '✓ ') : this.paint('red', '✗ ')
    const shown = matched ? predicates : predicates.filter(({ ok }) => !ok)
    const position = (matched ? undefined : shown[0]?.position) ?? trial.position
    this.#step(mark, `${routeName(trial)}: ${shown.map(({ text }) => text).join(', ')}`, position)
  }

  miss(trial: RouteTrial): void {
    const failed = trial.predicates.find(({ ok }) => !ok)
    this.line('')
    this.line('nearest miss')
    this.#step('', `${routeName(trial)} lacks ${failed?.text ?? 'nothing'}`, failed?.position ?? trial.position)
  }
}
