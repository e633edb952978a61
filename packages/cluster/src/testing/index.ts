export { levelOf, prioritiesOf, testCluster, testHosts, type TestHost } from './pictures.ts'
