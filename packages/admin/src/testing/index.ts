export { type Family, readExposition } from './strict-exposition.ts'
