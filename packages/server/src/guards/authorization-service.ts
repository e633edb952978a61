import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import { decode, encode, type Message } from '@nuncio/config'

export type Check = Message<'envoy.service.auth.v3.CheckRequest'>
type Response = Message<'envoy.service.auth.v3.CheckResponse'>

const bytes = { serialize: (value: Uint8Array) => Buffer.from(value), deserialize: (value: Buffer) => value }

/** An authorization service as others write it, over `@grpc/grpc-js`. `decide` answers undefined to stay silent. */
export class AuthorizationService implements AsyncDisposable {
  readonly #server = new Server()
  readonly asked: Check[] = []
  port = 0
  decide: (check: Check) => Response | undefined = () => ({ status: {}, ok_response: {} })

  static async start(): Promise<AuthorizationService> {
    const service = new AuthorizationService()
    service.#server.addService(
      {
        check: {
          path: '/envoy.service.auth.v3.Authorization/Check', requestStream: false, responseStream: false,
          requestSerialize: bytes.serialize, requestDeserialize: bytes.deserialize,
          responseSerialize: bytes.serialize, responseDeserialize: bytes.deserialize,
        },
      }, // prettier-ignore
      {
        check: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Uint8Array>) =>
          service.#check(call, answer),
      },
    )
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

  #check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Uint8Array>): void {
    const check = decode('envoy.service.auth.v3.CheckRequest', call.request)!
    this.asked.push(check)
    const response = this.decide(check)
    if (response !== undefined) answer(null, encode('envoy.service.auth.v3.CheckResponse', response))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
    await Promise.resolve()
  }
}
