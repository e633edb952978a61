// One line a logger: the folder exports its definition.
export { fileAccessLog } from './file/index.ts'
export { stderrAccessLog } from './stderr/index.ts'
export { stdoutAccessLog } from './stdout/index.ts'
