import {
  type Client,
  credentials,
  makeClientConstructor,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type sendUnaryData,
} from '@grpc/grpc-js'

const text = { serialize: (value: string) => Buffer.from(value), deserialize: (bytes: Buffer) => bytes.toString() }

function method(name: string, requestStream: boolean, responseStream: boolean) {
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: text.serialize,
    requestDeserialize: text.deserialize,
    responseSerialize: text.serialize,
    responseDeserialize: text.deserialize,
  }
}

/** A gRPC service of the four kinds of method, whose messages are plain texts. */
const echoService = {
  unary: method('Unary', false, false),
  many: method('Many', false, true),
  collect: method('Collect', true, false),
  chat: method('Chat', true, true),
}

type Streaming = ServerReadableStream<string, string> | ServerDuplexStream<string, string>

/** Trailing metadata that names what the call came with. */
function trailers(call: ServerUnaryCall<string, string> | Streaming | ServerWritableStream<string, string>): Metadata {
  const seen = new Metadata()
  seen.set('x-seen', String(call.metadata.get('x-asked')[0] ?? ''))
  seen.set('x-bytes-bin', (call.metadata.get('x-bytes-bin')[0] as Buffer | undefined) ?? Buffer.alloc(0))
  return seen
}

function initial(): Metadata {
  const metadata = new Metadata()
  metadata.set('x-initial', 'yes')
  return metadata
}

/** A gRPC server that echoes. Unary: `fail:<NAME>` fails with that status. Collect: `enough` fails at once. */
export class GrpcEcho implements AsyncDisposable {
  readonly #server: Server
  readonly port: number
  cancelled = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  static async start(): Promise<GrpcEcho> {
    const server = new Server()
    const cell: { echo?: GrpcEcho } = {}
    server.addService(echoService, {
      unary(call: ServerUnaryCall<string, string>, answer: sendUnaryData<string>) {
        const fails = /^fail:(\w+)$/.exec(call.request)
        if (fails) {
          const code = status[fails[1] as keyof typeof status]
          return answer({ code, details: 'it was söre', metadata: trailers(call) })
        }
        call.sendMetadata(initial())
        answer(null, call.request, trailers(call))
      },
      many(call: ServerWritableStream<string, string>) {
        call.sendMetadata(initial())
        for (let i = 0; i < Number(call.request); i++) call.write(`message ${i}`)
        call.end(trailers(call))
      },
      collect(call: ServerReadableStream<string, string>, answer: sendUnaryData<string>) {
        let count = 0
        let bytes = 0
        call.on('data', (message: string) => {
          if (message === 'enough') answer({ code: status.ABORTED, details: 'enough', metadata: trailers(call) })
          count++
          bytes += message.length
        })
        call.on('end', () => answer(null, `${count} messages, ${bytes} bytes`, trailers(call)))
      },
      chat(call: ServerDuplexStream<string, string>) {
        call.sendMetadata(initial())
        call.on('cancelled', () => cell.echo!.cancelled++)
        call.on('data', (message: string) => call.write(`you said ${message}`))
        call.on('end', () => call.end(trailers(call)))
      },
    })
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    )
    cell.echo = new GrpcEcho(server, port)
    return cell.echo
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
    return Promise.resolve()
  }
}

const EchoClient = makeClientConstructor(echoService, 'test.Echo')

/** A client of the service over HTTP/2 without TLS. */
export function echoClient(port: number): InstanceType<typeof EchoClient> & Client {
  return new EchoClient(`127.0.0.1:${port}`, credentials.createInsecure())
}
