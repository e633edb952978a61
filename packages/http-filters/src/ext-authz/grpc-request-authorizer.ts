import type { FilterStream } from '@nuncio/filter-chain'
import {
  type Attributes,
  type AuthzAnswer,
  destinationPeer,
  type GrpcAuthorizer,
  httpRequest,
  metadataContext,
  type RequestTelling,
  type RequestView,
  sourcePeer,
  tlsSession,
} from '@nuncio/guards'
import { formattingOf } from '../header-lists/header-list.ts'
import type { Authorizer } from './authorizer.ts'

/** What a gRPC service is told beside the request. */
export interface Telling extends RequestTelling {
  readonly peerCertificate: boolean
  readonly tlsSession: boolean
  readonly metadataNamespaces: readonly string[]
  readonly routeMetadataNamespaces: readonly string[]
}

/** Asks a gRPC service about requests. */
export class GrpcRequestAuthorizer implements Authorizer {
  readonly #service: GrpcAuthorizer
  readonly #telling: Telling

  constructor(service: GrpcAuthorizer, telling: Telling) {
    this.#service = service
    this.#telling = telling
  }

  check(view: RequestView, stream: FilterStream, extensions: Readonly<Record<string, string>>): Promise<AuthzAnswer> {
    const attributes = attributesOf(view, stream, this.#telling, extensions)
    return this.#service.check(attributes, formattingOf(stream), stream.signal)
  }
}

function attributesOf(
  view: RequestView,
  stream: FilterStream,
  telling: Telling,
  extensions: Readonly<Record<string, string>>,
): Attributes {
  const { info, headers } = view
  const { connection } = info
  const session = telling.tlsSession ? tlsSession(connection) : undefined
  const routeMetadata = new Map(Object.entries(stream.route()?.metadata ?? {}))
  return {
    source: sourcePeer(connection, headers.get('x-envoy-downstream-service-cluster') ?? '', telling.peerCertificate),
    destination: destinationPeer(connection),
    request: { time: info.startWallMs, http: httpRequest(view, telling) },
    context_extensions: extensions,
    metadata_context: metadataContext(telling.metadataNamespaces, [info.metadata, connection.metadata]),
    route_metadata_context: metadataContext(telling.routeMetadataNamespaces, [routeMetadata]),
    ...(session !== undefined && { tls_session: session }),
  }
}
