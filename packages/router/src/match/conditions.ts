import type { Message } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import {
  compileCookieMatchers,
  compileHeaderMatchers,
  compileMetadataMatchers,
  compileQueryParameterMatchers,
  compileRuntimeFraction,
  type ConfigPlace,
  FilterStateMatcher,
  got,
  type MetadataMap,
} from '@nuncio/matching'
import type { RouteRequest } from './route-request.ts'

/** A test of one part of a request. */
interface Matcher<S> {
  matches(subject: S): boolean
  describe(): string
  /** `got absent`, `got "2"`. */
  explain(subject: S): string
}

/** One thing that a route asks of a request, besides its path. */
export interface Condition {
  test(request: RouteRequest): boolean
  describe(): string
  explain(request: RouteRequest): string
  /** The message, and the field of it if not all, that asks for it. */
  readonly node: object
  readonly field: string | undefined
}

class Asked<S> implements Condition {
  readonly #matcher: Matcher<S>
  readonly #subject: (request: RouteRequest) => S
  readonly node: object
  readonly field: string | undefined

  constructor(matcher: Matcher<S>, subject: (request: RouteRequest) => S, node: object, field?: string) {
    this.#matcher = matcher
    this.#subject = subject
    this.node = node
    this.field = field
  }
  test(request: RouteRequest): boolean {
    return this.#matcher.matches(this.#subject(request))
  }
  describe(): string {
    return this.#matcher.describe()
  }
  explain(request: RouteRequest): string {
    return this.#matcher.explain(this.#subject(request))
  }
}

function headersOf(request: RouteRequest): RequestHeaders {
  return request.headers
}
function pathOf(request: RouteRequest): string {
  return request.path
}
function randomOf(request: RouteRequest): number | bigint {
  return request.random
}
function infoOf(request: RouteRequest): StreamInfo | undefined {
  return request.info
}
function metadataOf(request: RouteRequest): MetadataMap | undefined {
  return request.info?.metadata
}
function contentTypeOf(request: RouteRequest): string | undefined {
  return request.headers.get('content-type')
}

/** Whether a content type is gRPC's: `application/grpc` itself or with a `+` suffix. */
export function isGrpcContentType(type: string | undefined): boolean {
  return type !== undefined && type.startsWith('application/grpc') && (type.length === 16 || type.charCodeAt(16) === 43)
}

const GRPC: Matcher<string | undefined> = {
  matches: isGrpcContentType,
  describe: () => 'a gRPC request',
  explain: (type) => `content-type: ${got(type)}`,
}

function certificate(what: 'presented' | 'validated', wanted: boolean): Matcher<StreamInfo | undefined> {
  const actual = (info: StreamInfo | undefined): boolean => {
    const tls = info?.connection.tls
    return tls?.peer !== undefined && (what === 'presented' || tls.peerValidated)
  }
  return {
    matches: (info) => actual(info) === wanted,
    describe: () => `client certificate ${wanted ? '' : 'not '}${what}`,
    explain: (info) => (actual(info) ? `it is ${what}` : `none is ${what}`),
  }
}

const NONE: readonly Condition[] = []

/** Compiles what a route match asks besides the path, in Envoy's order: cheap before expensive. */
export function compileConditions(
  match: Message<'envoy.config.route.v3.RouteMatch'>,
  place: ConfigPlace,
): readonly Condition[] {
  const out: Condition[] = []
  const each = <S>(
    matchers: readonly Matcher<S>[],
    nodes: readonly object[] | undefined,
    subject: (request: RouteRequest) => S,
  ): void => {
    for (let i = 0; i < matchers.length; i++) out.push(new Asked(matchers[i]!, subject, nodes![i]!))
  }
  if (match.runtime_fraction !== undefined) out.push(share(match, place))
  if (match.grpc !== undefined) out.push(new Asked(GRPC, contentTypeOf, match, 'grpc'))
  if (match.headers !== undefined) each(compileHeaderMatchers(match.headers, place), match.headers, headersOf)
  if (match.query_parameters !== undefined)
    each(compileQueryParameterMatchers(match.query_parameters, place), match.query_parameters, pathOf)
  const tls = match.tls_context
  if (tls?.presented !== undefined)
    out.push(new Asked(certificate('presented', tls.presented), infoOf, tls, 'presented'))
  if (tls?.validated !== undefined)
    out.push(new Asked(certificate('validated', tls.validated), infoOf, tls, 'validated'))
  if (match.dynamic_metadata !== undefined)
    each(compileMetadataMatchers(match.dynamic_metadata, place, 'dynamic_metadata'), match.dynamic_metadata, metadataOf)
  match.filter_state?.forEach((config, i) =>
    out.push(new Asked(new FilterStateMatcher(config, place.item('filter_state', i, config)), infoOf, config)),
  )
  if (match.cookies !== undefined) each(compileCookieMatchers(match.cookies, place), match.cookies, headersOf)
  return out.length === 0 ? NONE : out
}

function share(match: Message<'envoy.config.route.v3.RouteMatch'>, place: ConfigPlace): Condition {
  const fraction = compileRuntimeFraction(match.runtime_fraction!, place)
  const matcher: Matcher<number | bigint> = {
    matches: (random) => fraction.selects(random),
    describe: () => fraction.describe(),
    explain: (random) => fraction.explain(random),
  }
  return new Asked(matcher, randomOf, match, 'runtime_fraction')
}
