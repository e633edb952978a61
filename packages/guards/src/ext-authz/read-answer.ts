import { decode, envoySchema, type Message } from '@nuncio/config'
import { latin1Text } from '@nuncio/core'
import { lowerAscii, wireText } from '@nuncio/matching'
import { type AuthzAnswer, authzAnswer, type ChangeKind, type HeaderChange, NO_ANSWER } from './answer.ts'

type CheckResponse = Message<'envoy.service.auth.v3.CheckResponse'>
type OkResponse = Message<'envoy.service.auth.v3.OkHttpResponse'>
type DeniedResponse = Message<'envoy.service.auth.v3.DeniedHttpResponse'>
type HeaderOption = Message<'envoy.config.core.v3.HeaderValueOption'>
type Metadata = Readonly<Record<string, unknown>> | undefined

const FORBIDDEN = 403

/** Reads a `CheckResponse`; what is none is no answer. */
export function readCheckResponse(bytes: Uint8Array): AuthzAnswer {
  const response = decode('envoy.service.auth.v3.CheckResponse', bytes)
  if (response === undefined) return NO_ANSWER
  const metadata = response.ok_response?.dynamic_metadata ?? response.dynamic_metadata
  if ((response.status?.code ?? 0) === 0) return okAnswer(response.ok_response ?? {}, metadata)
  return response.error_response === undefined
    ? refusal('denied', response.denied_response ?? {}, FORBIDDEN, metadata)
    : refusal('error', response.error_response, 0, metadata)
}

function okAnswer(ok: OkResponse, metadata: Metadata): AuthzAnswer {
  return authzAnswer('ok', {
    requestHeaders: changes(ok.headers, requestKind),
    requestHeadersToRemove: (ok.headers_to_remove ?? []).map((name) => lowerAscii(wireText(name))),
    responseHeaders: changes(ok.response_headers_to_add, responseKind),
    queryToSet: (ok.query_parameters_to_set ?? []).map(({ key = '', value = '' }) => [wireText(key), wireText(value)]),
    queryToRemove: (ok.query_parameters_to_remove ?? []).map(wireText),
    metadata,
  })
}

function refusal(
  verdict: 'denied' | 'error',
  { status, headers, body = '' }: DeniedResponse,
  fallback: number,
  metadata: Metadata,
): AuthzAnswer {
  const given = statusNumber(status?.code)
  return authzAnswer(verdict, {
    status: given === 0 ? fallback : given,
    body,
    replyHeaders: changes(headers, () => 'add'),
    metadata,
  })
}

/** The number of a status, by its name or a number that has none; 0 for none, and for what ends no response. */
export function statusNumber(name: string | undefined): number {
  const text = name ?? '0'
  const number = envoySchema().enum('envoy.type.v3.StatusCode')?.values[text] ?? Number(text)
  return number >= 200 && number <= 599 ? number : 0
}

function changes(options: CheckHeaders, kindOf: (option: HeaderOption) => ChangeKind): HeaderChange[] {
  return (options ?? []).map((option) => ({
    name: lowerAscii(wireText(option.header?.key ?? '')),
    value: option.header?.raw_value?.length
      ? latin1Text(option.header.raw_value)
      : wireText(option.header?.value ?? ''),
    kind: kindOf(option),
  }))
}

type CheckHeaders = NonNullable<CheckResponse['ok_response']>['headers']

/** Of headers for the upstream Envoy reads `append` alone. */
function requestKind({ append }: HeaderOption): ChangeKind {
  return append === true ? 'append' : 'set'
}

const RESPONSE_KINDS = {
  APPEND_IF_EXISTS_OR_ADD: 'add',
  ADD_IF_ABSENT: 'add-if-absent',
  OVERWRITE_IF_EXISTS_OR_ADD: 'set',
  OVERWRITE_IF_EXISTS: 'overwrite-if-exists',
} as const

function responseKind({ append, append_action: action }: HeaderOption): ChangeKind {
  if (append !== undefined) return append ? 'add' : 'set'
  return RESPONSE_KINDS[action ?? 'APPEND_IF_EXISTS_OR_ADD'] ?? 'unknown'
}
