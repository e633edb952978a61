// One line a filter: the folder exports its definition.
export { router } from './router/index.ts'
export { cors } from './cors/index.ts'
