// The npm package httpxy, as its documentation sets it up, with a keep-alive agent and least connections.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { createProxyServer } from 'httpxy'
import { leastActive, readSetup } from '../node-setup.ts'

const { port, upstreams, tls } = readSetup()
const proxy = createProxyServer({ agent: new http.Agent({ keepAlive: true }), xfwd: true })

function handle(request: http.IncomingMessage, response: http.ServerResponse): void {
  const upstream = leastActive(upstreams)
  upstream.active++
  response.once('close', () => upstream.active--)
  request.headers['x-request-id'] ??= randomUUID()
  proxy.web(request, response, { target: upstream.url }).catch(() => response.destroy())
}

const server = tls ? https.createServer(tls, handle) : http.createServer(handle)
server.keepAliveTimeout = 3_600_000
server.listen(port, '127.0.0.1', 4096)
