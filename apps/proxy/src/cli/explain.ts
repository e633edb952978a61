import { createHash, timingSafeEqual } from 'node:crypto'
import { explainRequest, printExplanation, type RequestExplanation, type ToolRequest } from '@nuncio/checks'
import { oneOf, readCommandLine, usageError } from './command-line.ts'
import type { Command } from './commands.ts'
import { openForAnswers } from './open-config.ts'
import { useColour } from './print-problems.ts'
import { print } from './problem-output.ts'
import { FILTER_OPTION, productWith } from './product.ts'

const LINE = {
  name: 'explain',
  usage: 'FILE URL [options]',
  about:
    'Tells where a request goes and why, step by step, each with its line: listener, virtual host, every route that was\n' +
    'tried with the first predicate that failed, what the HTTP filters do, and what the winner decides. FILE is a\n' +
    'bootstrap, a route configuration, or what an Envoy shows under /config_dump. Nothing is sent.\n' +
    'Exit code: 0 the request has a route, 1 it has none, 2 could not run.',
  options: {
    method: { type: 'string', short: 'X', value: 'method', help: 'GET unless given' },
    header: { type: 'string', short: 'H', multiple: true, value: 'name: value', help: 'a header of the request' },
    random: { type: 'string', value: 'number', help: "the stream's random number, for weights and fractions (0)" },
    source: { type: 'string', value: 'ip', help: "the client's address (127.0.0.1)" },
    listener: { type: 'string', value: 'name', help: "the listener, by name or address; else the URL's port tells" },
    routes: { type: 'string', value: 'name', help: 'the route configuration, for files without listeners' },
    all: { type: 'boolean', help: 'show every route that was tried' },
    format: { type: 'string', value: 'format', help: 'pretty (default), json' },
    ...FILTER_OPTION,
  },
} as const

/** `nuncio explain FILE URL`: where a request goes, and why. */
export const explain: Command = {
  help: LINE.about,
  async run(argv) {
    const given = readCommandLine(LINE, argv)
    if (given === undefined) return 0
    const { values, words } = given
    const format = oneOf(LINE, 'format', values.format, ['pretty', 'json'])
    const [file, url, ...more] = words
    if (file === undefined || url === undefined || more.length > 0)
      throw usageError(LINE, 'explain needs a file and a URL')
    const request: ToolRequest = {
      url,
      method: values.method,
      headers: (values.header ?? []).map(headerOf),
      random: randomOf(values.random),
      source: values.source,
    }
    const { definitions, filters } = await productWith(values.filter)
    const { view } = openForAnswers(file, definitions)
    const explanation = explainRequest(view, request, {
      listener: values.listener,
      routes: values.routes,
      filters,
      platform: { sha1: (bytes) => createHash('sha1').update(bytes).digest(), timingSafeEqual },
    })
    const text =
      format === 'json'
        ? jsonText(explanation)
        : printExplanation(explanation, { colour: useColour(process.stdout), all: values.all ?? false })
    await print(text)
    return explanation.outcome === 'no_route' || explanation.outcome === 'no_routes' ? 1 : 0
  },
}

/** `name: value`, as curl takes it. */
function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':', 1)
  if (colon < 0) throw usageError(LINE, `-H ${JSON.stringify(text)} is no header: write 'name: value'`)
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}

function randomOf(text: string | undefined): number | bigint {
  if (text === undefined) return 0
  if (!/^\d{1,20}$/.test(text)) throw usageError(LINE, `--random ${text} is no number`)
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function jsonText(explanation: RequestExplanation): string {
  return `${JSON.stringify(explanation, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`
}
