import { type JsonObject, type JsonValue, type Message } from '@nuncio/config'
import { utf8Text } from '@nuncio/core'
import type { FormatEnvironment } from '../context.ts'
import type { Finding, Report } from '../finding.ts'
import {
  compileFormat,
  type FormatExtensions,
  type FormatOptions,
  type FormatProblem,
  type Formatter,
} from '../format/format.ts'
import { compileJsonFormat } from '../json/json-format.ts'

type SubstitutionFormatString = Message<'envoy.config.core.v3.SubstitutionFormatString'>
type DataSource = Message<'envoy.config.core.v3.DataSource'>

/** What a `SubstitutionFormatString` is compiled with. */
export interface SubstitutionOptions {
  readonly report: Report
  readonly environment?: FormatEnvironment | undefined
  /** Reads a file that `text_format_source` names; throws when it cannot. */
  readonly readFile?: ((path: string) => Uint8Array) | undefined
  /** As in `FormatOptions`; `log` by default. */
  readonly controls?: FormatOptions['controls']
}

/** A compiled `SubstitutionFormatString`: what prints it, and the media type of what it prints. */
export interface SubstitutionFormat {
  readonly formatter: Formatter
  /** For a body: what was configured, or what Envoy sends for this kind of format. */
  readonly contentType: string
}

/** Compiles a `SubstitutionFormatString`: text or JSON, with its options. Undefined after reporting what is wrong. */
export function compileSubstitutionFormat(
  config: SubstitutionFormatString,
  options: SubstitutionOptions,
): SubstitutionFormat | undefined {
  const formatOptions: FormatOptions = {
    environment: options.environment,
    omitEmpty: config.omit_empty_values,
    controls: options.controls,
    extensions: compileFormatters(config.formatters, options.report),
  }
  const json = config.json_format
  const formatter =
    json === undefined ? textOf(config, formatOptions, options) : jsonOf(json, formatOptions, options.report)
  if (formatter === undefined) return undefined
  const kind = json === undefined ? 'text/plain' : 'application/json'
  return { formatter, contentType: config.content_type || kind }
}

/** Compiles a text of the configuration; reports problems under `field` of `node`. */
export function compileTextFormat(
  text: string,
  place: { readonly node: object; readonly field: string },
  formatOptions: FormatOptions,
  report: Report,
): Formatter | undefined {
  const compiled = compileFormat(text, formatOptions)
  if (compiled.ok) return compiled.formatter
  report({ ...findingOf(compiled), path: place.field, ...place })
  return undefined
}

function textOf(
  config: SubstitutionFormatString,
  formatOptions: FormatOptions,
  options: SubstitutionOptions,
): Formatter | undefined {
  const source = config.text_format_source
  if (source === undefined) {
    return compileTextFormat(
      config.text_format ?? '',
      { node: config, field: 'text_format' },
      formatOptions,
      options.report,
    )
  }
  const text = readDataSource(source, options)
  if (text === undefined) return undefined
  const compiled = compileFormat(text.value, formatOptions)
  if (compiled.ok) return compiled.formatter
  options.report({ ...findingOf(compiled), path: `text_format_source.${text.field}`, node: source, field: text.field })
  return undefined
}

function readDataSource(
  source: DataSource,
  options: SubstitutionOptions,
): { value: string; field: string } | undefined {
  const { filename, environment_variable: variable } = source
  if (source.inline_string !== undefined) return { value: source.inline_string, field: 'inline_string' }
  if (source.inline_bytes !== undefined) return { value: utf8Text(source.inline_bytes), field: 'inline_bytes' }
  const fail = (field: string, message: string): undefined => {
    const path = `text_format_source.${field}`
    options.report({ code: 'unreadable-source', path, message, hint: '', node: source, field })
    return undefined
  }
  if (variable !== undefined) {
    const value = options.environment?.environment?.(variable)
    if (value === undefined) return fail('environment_variable', `the environment variable ${variable} is not set`)
    return { value, field: 'environment_variable' }
  }
  if (filename === undefined) return { value: '', field: 'inline_string' }
  try {
    if (options.readFile === undefined) return fail('filename', 'files cannot be read here')
    return { value: utf8Text(options.readFile(filename)), field: 'filename' }
  } catch (error) {
    return fail('filename', `cannot read ${filename}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function jsonOf(format: JsonObject, formatOptions: FormatOptions, report: Report): Formatter | undefined {
  const compiled = compileJsonFormat(format, formatOptions)
  if (compiled.ok) return compiled.formatter
  for (const problem of compiled.problems) {
    const field = problem.path.at(-1) ?? ''
    const path = problem.path.reduce<string>(
      (text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${key}`),
      'json_format',
    )
    report({ ...findingOf(problem), path, node: nodeAt(format, problem.path.slice(0, -1)), field })
  }
  return undefined
}

function nodeAt(format: JsonObject, path: readonly (string | number)[]): object {
  let node: JsonValue | undefined = format
  for (const key of path) node = (node as Readonly<Record<string | number, JsonValue>>)[key]
  return typeof node === 'object' && node !== null ? node : format
}

const HINTS: Readonly<Record<FormatProblem['code'], string>> = {
  'bad-format': 'write %NAME%, %NAME(arguments)% or %NAME(arguments):length%, and %% for a percent sign',
  'unknown-operator': '',
  'unsupported-operator': 'leave it out; the README of @nuncio/access-log lists what there is',
}

function findingOf(problem: FormatProblem): Pick<Finding, 'code' | 'message' | 'hint'> {
  const at = `${problem.message} (at character ${problem.offset + 1})`
  return { code: problem.code, message: at, hint: HINTS[problem.code] }
}

const REQ_WITHOUT_QUERY = 'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery'
/** Their operators `%METADATA%` and `%CEL%` are always there. */
const ALWAYS_THERE = new Set([
  'envoy.extensions.formatter.metadata.v3.Metadata',
  'envoy.extensions.formatter.cel.v3.Cel',
])

/** The command operators that a list of `formatters` adds; reports those that there are not. */
export function compileFormatters(
  formatters: SubstitutionFormatString['formatters'],
  report: Report,
): FormatExtensions {
  const found = new Set<'REQ_WITHOUT_QUERY'>()
  formatters?.forEach((extension, i) => {
    const type = extension.typed_config?.['@type'] ?? ''
    if (type === REQ_WITHOUT_QUERY) found.add('REQ_WITHOUT_QUERY')
    else if (!ALWAYS_THERE.has(type)) {
      const message = `nuncio does not have the formatter ${type === '' ? (extension.name ?? '') : type}`
      report({
        code: 'unsupported',
        path: `formatters[${i}].typed_config`,
        message,
        hint: '',
        node: extension,
        field: 'typed_config',
      })
    }
  })
  return found
}
