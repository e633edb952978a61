import type { Problem } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'
import { type ConfigPlace, configPlace } from '../place/config-place.ts'

/** A place for tests, with the problems that were reported there. */
export function testPlace(runtime?: Runtime): { place: ConfigPlace; problems: Problem[] } {
  const problems: Problem[] = []
  return { place: configPlace({}, { report: (problem) => problems.push(problem), runtime }), problems }
}
