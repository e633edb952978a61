import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import { decode, encode, type Message, type MessageName } from '@nuncio/config'

const bytes = { serialize: (value: Uint8Array) => Buffer.from(value), deserialize: (value: Buffer) => value }

/** A service with one method, as others write it, over `@grpc/grpc-js`. `decide` answers undefined to stay silent. */
export class UnaryService<Q extends MessageName, R extends MessageName> implements AsyncDisposable {
  readonly #server = new Server()
  readonly #response: R
  readonly #request: Q
  readonly asked: Message<Q>[] = []
  port = 0
  decide: (request: Message<Q>) => Message<R> | undefined

  private constructor(request: Q, response: R, decide: (request: Message<Q>) => Message<R> | undefined) {
    this.#request = request
    this.#response = response
    this.decide = decide
  }

  static async start<Q extends MessageName, R extends MessageName>(
    path: string,
    [request, response]: readonly [Q, R],
    decide: (request: Message<Q>) => Message<R> | undefined,
  ): Promise<UnaryService<Q, R>> {
    const service = new UnaryService(request, response, decide)
    const method = {
      path, requestStream: false, responseStream: false,
      requestSerialize: bytes.serialize, requestDeserialize: bytes.deserialize,
      responseSerialize: bytes.serialize, responseDeserialize: bytes.deserialize,
    } // prettier-ignore
    const handler = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Uint8Array>): void =>
      service.#call(call.request, answer)
    service.#server.addService({ method }, { method: handler })
    service.port = await new Promise((resolve, reject) =>
      service.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    )
    return service
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  #call(request: Buffer, answer: sendUnaryData<Uint8Array>): void {
    const message = decode(this.#request, request)!
    this.asked.push(message)
    const response = this.decide(message)
    if (response !== undefined) answer(null, encode(this.#response, response))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
    await Promise.resolve()
  }
}
