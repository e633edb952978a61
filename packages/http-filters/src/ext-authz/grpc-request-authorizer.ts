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
  const route = stream.route()
  return {
    source: sourcePeer(connection, headers.get('x-envoy-downstream-service-cluster') ?? '', telling.peerCertificate),
    destination: destinationPeer(connection, '', telling.labels),
    request: { time: info.startWallMs, http: httpRequest(view, { allows, rawHeaders }) },
    context_extensions: extensions,
    metadata_context: metadataContext(
      { namespaces: telling.metadataNamespaces, sources: [info.metadata, connection.metadata] },
      { namespaces: telling.typedMetadataNamespaces, sources: [info.typedMetadata] },
    ),
    route_metadata_context: metadataContext(
      { namespaces: telling.routeMetadataNamespaces, sources: [mapOf(route?.metadata)] },
      {
        namespaces: telling.routeTypedMetadataNamespaces,
        sources: [mapOf(route?.info.config.metadata?.typed_filter_metadata)],
      },
    ),
    ...(session !== undefined && { tls_session: session }),
  }
}

function mapOf<T>(fields: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> | undefined {
  return fields === undefined ? undefined : new Map(Object.entries(fields))
}
