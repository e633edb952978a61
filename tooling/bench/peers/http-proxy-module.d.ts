declare module 'http-proxy' {
  import type { Agent, IncomingMessage, ServerResponse } from 'node:http'

  interface ProxyServer {
    on(event: 'error', listener: (error: Error, request: IncomingMessage, response: ServerResponse) => void): this
    web(request: IncomingMessage, response: ServerResponse, options: { target: string }): void
  }
  const library: { createProxyServer(options: { agent: Agent; xfwd: boolean }): ProxyServer }
  export default library
}
