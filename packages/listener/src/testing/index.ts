export { answer, ANSWER, ListenerHarness, read, until } from './harness.ts'
export { type ClientView, TlsHarness, tlsSocket, tlsTalk } from './tls.ts'
