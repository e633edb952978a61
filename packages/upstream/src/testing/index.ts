export { type FakeDnsReply, FakeDnsServer } from './fake-dns-server.ts'
export { type FakeQuestion, FakeResolver } from './fake-resolver.ts'
export { MemoryConnector, type MemoryDial } from './memory-connector.ts'
