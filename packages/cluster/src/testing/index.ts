export { FakeConnection, FakeConnector, FakeStream } from './fake-connector.ts'
export { levelOf, prioritiesOf, testCluster, testHosts, type TestHost } from './pictures.ts'
export { RecordingCallbacks } from './recording-callbacks.ts'
