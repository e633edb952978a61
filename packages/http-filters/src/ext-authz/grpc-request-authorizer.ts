import type { FilterStream } from '@nuncio/filter-chain'
import {
  type Attributes,
  type AuthzAnswer,
  destinationPeer,
  type GrpcAuthorizer,
  httpRequest,
  metadataContext,
  sourcePeer,
  tlsSession,
} from '@nuncio/guards'
import { formattingOf } from '../header-lists/header-list.ts'
import type { Authorizer, Question } from './authorizer.ts'

/** Asks a gRPC service about requests. */
export class GrpcRequestAuthorizer implements Authorizer {
  readonly #service: GrpcAuthorizer

  constructor(service: GrpcAuthorizer) {
    this.#service = service
  }

  check(question: Question, stream: FilterStream): Promise<AuthzAnswer> {
    const { signal, span } = stream
    return this.#service.check(attributesOf(question, stream), formattingOf(stream), { signal, span })
  }
}

function attributesOf({ view, telling, extensions }: Question, stream: FilterStream): Attributes {
  const { allowed, disallowed, rawHeaders } = telling
  const allows = (name: string): boolean => allowed?.(name) !== false && disallowed?.(name) !== true
  const { info, headers } = view
  const { connection } = info
  const session = telling.tlsSession ? tlsSession(connection) : undefined
  const routeMetadata = new Map(Object.entries(stream.route()?.metadata ?? {}))
  return {
    source: sourcePeer(connection, headers.get('x-envoy-downstream-service-cluster') ?? '', telling.peerCertificate),
    destination: destinationPeer(connection),
    request: { time: info.startWallMs, http: httpRequest(view, { allows, rawHeaders }) },
    context_extensions: extensions,
    metadata_context: metadataContext(telling.metadataNamespaces, [info.metadata, connection.metadata]),
    route_metadata_context: metadataContext(telling.routeMetadataNamespaces, [routeMetadata]),
    ...(session !== undefined && { tls_session: session }),
  }
}
