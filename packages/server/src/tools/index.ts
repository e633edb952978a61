/** For programs that use nuncio's pure packages on Node.js without a server. */
export { provideCel } from './cel-library.ts'
