export { firstFile } from './first-file.ts'
export { fullNames, messageNamed } from './message-names.ts'
