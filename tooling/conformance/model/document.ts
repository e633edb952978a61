import type { Exceptions } from '../compare/exceptions.ts'

// A document is one YAML file below cases/: a configuration, scripted origins, and one case or a table of cases that are played
// with them in order. The README shows one; model/read-document.ts holds files to these shapes.

/** Configuration in parts, so that a document says only what it is about; model/expand.ts makes a bootstrap of them. */
export interface Parts {
  /** A whole bootstrap; of the other parts only `top` may stand beside it. */
  readonly bootstrap?: Tree
  /** Merged into the bootstrap: `layered_runtime`, `node`, … */
  readonly top?: Tree
  /** Merged into the listener `main`. */
  readonly listener?: Tree
  /** More listeners, whole. */
  readonly listeners?: readonly Tree[]
  /** More listeners like `main`, by name, each with its own parts laid over; a request chooses one by `@name`. */
  readonly variants?: Readonly<Record<string, Parts>>
  /** Merged into the one filter chain of `main`. */
  readonly filter_chain?: Tree
  /** Stand before the connection manager, or instead of it when `http` is false. */
  readonly network_filters?: readonly Tree[]
  readonly http?: boolean
  /** Instead of the connection manager: fields of a TCP proxy, which writes the access log too. */
  readonly tcp?: Tree
  /** Merged into the HTTP connection manager. */
  readonly hcm?: Tree
  /** Access logs that write before the wide one does. */
  readonly access_logs?: readonly Tree[]
  /** Stand before the router. */
  readonly http_filters?: readonly Tree[]
  /** Merged into the configuration of the router filter. */
  readonly router?: Tree
  readonly route_config?: Tree
  readonly virtual_hosts?: readonly Tree[]
  /** Routes of one virtual host for every host. */
  readonly routes?: readonly Tree[]
  /** Merged into that virtual host. */
  readonly virtual_host?: Tree
  /** Clusters by name; `endpoints: [a, b]` names origins. An origin that none names is a cluster of its own. */
  readonly clusters?: Readonly<Record<string, Tree>>
  /** Files by name below `{{dir}}`, as trees with placeholders; steps write them anew. */
  readonly files?: Readonly<Record<string, Tree>>
}

export type Tree = { readonly [key: string]: unknown }

/**
 * Something that must have happened, since the case began, before a play goes on. None is a time: who waits for cues goes the same
 * way on any machine.
 */
export type Cue =
  /** So many requests have reached the origins, or the one that is named: whole, or their heads where the answer is `early`. */
  | { readonly requests: number; readonly at?: string }
  /** So many requests have been answered. */
  | { readonly answers: number }
  /** An origin has read this text, of a head or of a body. */
  | { readonly arrived: string }
  /** A counter or gauge of the proxy has this value. */
  | { readonly stat: string; readonly is: number }
  /** A step `release: NAME` was played. */
  | { readonly released: string }

/** A part of a body that is written by itself, once something has happened. */
export interface Piece {
  readonly after?: Cue
  readonly body: Body
}

/** What an origin answers to one request. */
export interface Reply {
  readonly status?: number
  readonly headers?: HeaderLines
  /** Without one: the name of the origin. */
  readonly body?: Body
  /** HTTP/1: chunked; HTTP/2: sent as trailers. */
  readonly trailers?: HeaderLines
  /** The body, piece by piece; with `then: hold` it never ends. */
  readonly pieces?: readonly Piece[]
  /** Interim responses: status and header lines. */
  readonly interim?: readonly { readonly status: number; readonly headers?: HeaderLines }[]
  /** Nothing is answered before that. */
  readonly after?: Cue
  /** Bytes instead of all that (HTTP/1 and TCP). */
  readonly raw?: string
  /** What happens afterwards, or instead of an answer when there is neither `status` nor `raw`; `hold`: nothing, for ever. */
  readonly then?: 'close' | 'reset' | 'hold'
  /** A gRPC message, by its type in the `grpc` of the origin; without `trailers`, `grpc-status: 0` ends it. */
  readonly message?: Tree
  /** Sends everything back: after 101, or after `status` (200 by HTTP/2). */
  readonly echo?: boolean
  /** Answers when the head is there, without waiting for the body. */
  readonly early?: boolean
  /** How a stream is reset, by HTTP/2 error code. */
  readonly code?: number
}

export interface OriginScript {
  readonly kind: 'http1' | 'http2' | 'tcp'
  /** Name of the certificate that it shows. */
  readonly tls?: string
  /** Authority whose client certificates it asks for. */
  readonly client_ca?: string
  /** Types of the messages that it takes and answers, as in Envoy's API. */
  readonly grpc?: { readonly request: string; readonly response: string }
  /** One after the other; the last again and again. */
  readonly replies: readonly Reply[]
}

/** `name: value` lines in order, or a map; a list as value is several lines. */
export type HeaderLines = readonly string[] | Readonly<Record<string, string | number | readonly (string | number)[]>>

/** Text, so many bytes of a repeated text, or a text in a content coding. */
export type Body =
  | string
  | { readonly repeat: string; readonly times: number }
  | { readonly [coding in Coding]?: string }

export type Coding = 'gzip' | 'deflate' | 'br'

export interface RequestStep {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
  readonly trailers: readonly (readonly [string, string])[]
  /** Sent in chunks of its own; with `held` the last one never comes. */
  readonly pieces: readonly Piece[]
  readonly held: boolean
  readonly listener: string
  readonly protocol: 'http1' | 'http2'
  readonly tls: ClientTls | undefined
  /** A connection that steps with the same name share, and that stays open until the end of the case. */
  readonly on: string | undefined
  /** The client gives up then. */
  readonly abort: Cue | undefined
  /** Of several at once: the next is sent then; without one, when this one has reached an origin or is answered. */
  readonly until: Cue | undefined
  readonly times: number
  /** Names for what a regular expression finds in the header lines of the response, its first group: `{{kept.NAME}}` in later steps. */
  readonly keep: Readonly<Record<string, string>>
  /** Played once the proxy has switched protocols (101, or 200 to CONNECT). */
  readonly tunnel: readonly RawPiece[] | undefined
}

export interface ClientTls {
  readonly sni?: string
  readonly alpn?: readonly string[]
  /** Name of the client certificate. */
  readonly certificate?: string
  readonly versions?: readonly [string, string]
  readonly ciphers?: string
}

/**
 * Bytes on a connection: a text is sent; `until` waits for a text to come, or for a cue; `closed` for the proxy to close. `wait` lets
 * milliseconds pass, where the case is about what time does not do.
 */
export type RawPiece =
  | string
  | { readonly until: string | Cue }
  | { readonly closed: true }
  | { readonly wait: number }
  | { readonly end: true }

export interface RawStep {
  readonly raw: readonly RawPiece[]
  readonly listener: string
  readonly tls: ClientTls | undefined
  /** The connection stays open until the end of the case, and steps with the same name go on with it. */
  readonly on: string | undefined
  /**
   * Reads until the proxy closes (default), until so many bytes, or not at all; where nobody knows what comes, until nothing more
   * has come for so many milliseconds, or for longer from a proxy that says it closes.
   */
  readonly until: 'closed' | 'now' | { readonly bytes: number } | { readonly quiet: number }
}

export type Step =
  | { readonly kind: 'request'; readonly request: RequestStep }
  | { readonly kind: 'raw'; readonly raw: RawStep }
  | { readonly kind: 'together'; readonly requests: readonly RequestStep[] }
  /** Lets time pass, where the case is about what time does not do. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'until'; readonly cue: Cue }
  | { readonly kind: 'release'; readonly name: string }
  | { readonly kind: 'admin'; readonly admin: AdminStep }
  | { readonly kind: 'write'; readonly files: Readonly<Record<string, Tree | string>> }
  /** All counters that match this expression and have moved since the proxy began. */
  | { readonly kind: 'counters'; readonly counters: string }

export interface AdminStep {
  readonly path: string
  readonly method: string
  /** Path into JSON: `cluster_statuses[name=a].host_statuses[].health_status`. */
  readonly take?: string
  /** Lines of text that match this. */
  readonly lines?: string
  /** Of JSON only what it is made of: keys, and the kinds of values. */
  readonly shape?: boolean
}

export interface Compare {
  /** Header lines in order, not as a set. */
  readonly order: boolean
  /** `requests`: each that an origin received; `counts`: how many; `total`: how many all origins received together. */
  readonly origins: 'requests' | 'counts' | 'total' | 'none'
  /** Fields of the access log line, `all`, or `none`. */
  readonly log: 'all' | 'none' | readonly string[]
  /** Lines of the log to wait for, where it is not one for each request. */
  readonly lines: number | undefined
  /** Changes of counters, values of gauges. */
  readonly stats: readonly string[]
  /** Which request of an origin came on which connection. */
  readonly connections: boolean
  /** Places of an observation that Envoy itself does not answer the same twice, as regular expressions over the whole place, with the reason. */
  readonly except: Exceptions
}

export interface Case {
  readonly name: string
  readonly origins: Readonly<Record<string, readonly Reply[]>>
  readonly steps: readonly Step[]
  readonly compare: Compare
  /** For documents that validate: merged over the configuration of the document. */
  readonly config: Parts
  /** For documents that validate: the file as it stands, in place of a configuration in parts. */
  readonly text: string | undefined
}

export interface Document {
  /** Path below cases/ without `.yaml`. */
  readonly id: string
  /** What the page of compatibility calls it. */
  readonly feature: string
  /** `serve`: cases are played. `validate`: each case is a configuration that is accepted or refused. */
  readonly mode: 'serve' | 'validate'
  readonly config: Parts
  readonly origins: Readonly<Record<string, OriginScript>>
  readonly cases: readonly Case[]
  /** Identifies the text, so that a recording of an older one is noticed. */
  readonly digest: string
}
