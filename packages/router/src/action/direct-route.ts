import { compileSubstitutionFormat, type SubstitutionFormat } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { latin1Bytes, latin1Text, type RequestHeaders, type StreamInfo, utf8Bytes } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { DirectResponseRoute, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import { formatting } from '../headers/format-context.ts'
import type { RouteTableOptions } from '../options.ts'
import { OWN_URL, redirectUrl } from './location.ts'
import { type Inherited, RouteEntry, type RouteSelector } from './route-entry.ts'

type DirectConfig = Message<'envoy.config.route.v3.DirectResponseAction'>

/** Envoy's limit for bodies of direct responses when none is given. */
export const DEFAULT_BODY_LIMIT = 4096

export interface DirectParts {
  readonly status: number
  readonly body: Uint8Array | undefined
  readonly format: SubstitutionFormat | undefined
}

/** A route that answers by itself. */
export class DirectEntry extends RouteEntry implements DirectResponseRoute, RouteSelector {
  readonly status: number
  readonly body: Uint8Array | undefined
  readonly formatBody: DirectResponseRoute['formatBody']

  constructor(
    info: RouteInfo,
    virtualHost: VirtualHostInfo,
    inherited: Inherited,
    { status, body, format }: DirectParts,
  ) {
    super(info, virtualHost, inherited)
    this.status = status
    this.body = body
    this.formatBody = format && bodyFormatter(format, body)
  }
  get kind(): 'direct' {
    return 'direct'
  }
  get entries(): readonly DirectEntry[] {
    return [this]
  }
  select(): DirectEntry {
    return this
  }
  location(headers: RequestHeaders): string | undefined {
    return this.status === 201 || (this.status >= 300 && this.status < 400)
      ? redirectUrl(OWN_URL, headers, headers.path)
      : undefined
  }
}

function bodyFormatter(
  { formatter, contentType }: SubstitutionFormat,
  body: Uint8Array | undefined,
): NonNullable<DirectResponseRoute['formatBody']> {
  const plain = body === undefined ? '' : latin1Text(body)
  return (info: StreamInfo, request: RequestHeaders) => {
    const context = formatting(info, request, undefined)
    context.localReplyBody = plain
    return { body: latin1Bytes(formatter.format(context)), contentType }
  }
}

/** Compiles a direct response; its body must not be longer than `bodyLimit` bytes. */
export function compileDirect(
  config: DirectConfig,
  bodyLimit: number,
  place: ConfigPlace,
  options: RouteTableOptions,
): DirectParts {
  const at = place.at('body', config.body)
  const body = config.body && readBody(config.body, at, options)
  if (body !== undefined && body.length > bodyLimit) {
    at.error(
      'rule',
      `the body has ${body.length} bytes, the limit is ${bodyLimit}`,
      'raise max_direct_response_body_size_bytes of the route configuration',
    )
  }
  const format =
    config.body_format && compileFormat(config.body_format, place.at('body_format', config.body_format), options)
  return { status: config.status ?? 200, body, format }
}

function compileFormat(
  config: Message<'envoy.config.core.v3.SubstitutionFormatString'>,
  place: ConfigPlace,
  options: RouteTableOptions,
): SubstitutionFormat | undefined {
  return compileSubstitutionFormat(config, {
    report: ({ code, field, message, hint }) => place.at(String(field)).error(code, message, hint),
    environment: options.formatEnvironment,
    readFile: options.readFile,
    controls: 'none',
  })
}

function readBody(
  config: Message<'envoy.config.core.v3.DataSource'>,
  place: ConfigPlace,
  options: RouteTableOptions,
): Uint8Array | undefined {
  if (config.inline_string !== undefined) return utf8Bytes(config.inline_string)
  if (config.inline_bytes !== undefined) return config.inline_bytes
  if (config.environment_variable !== undefined) {
    const value = options.formatEnvironment?.environment?.(config.environment_variable)
    if (value === undefined)
      place
        .at('environment_variable')
        .error('unreadable', `the environment variable ${config.environment_variable} is not set`)
    return value === undefined ? undefined : utf8Bytes(value)
  }
  return config.filename === undefined ? undefined : readFile(config.filename, place.at('filename'), options)
}

function readFile(path: string, place: ConfigPlace, options: RouteTableOptions): Uint8Array | undefined {
  try {
    if (options.readFile !== undefined) return options.readFile(path)
    place.warn('unreadable', `${path} is not read here: the body is taken as empty`)
  } catch (error) {
    place.error('unreadable', `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return undefined
}
