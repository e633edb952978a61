// A door of its own: who only validates does not load the other tools.
export { validateConfig, type Validation } from './validate-config.ts'
