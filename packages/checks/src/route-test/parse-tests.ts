import { load, type LoadResult, type MessageName, type Problem } from '@nuncio/config'
import { utf8Text } from '@nuncio/core'
import { envoyCases } from './envoy-tests.ts'
import { ENVOY_FILE, OWN_FILE, type OwnTestFile, TEST_DEFINITIONS } from './messages.ts'
import { ownCases } from './own-tests.ts'
import type { TestFile } from './test-case.ts'

export interface ParsedTests {
  /** Undefined when a problem is an error. */
  readonly tests: TestFile | undefined
  readonly problems: readonly Problem[]
  readonly texts: ReadonlyMap<string, string>
}

/** Reads a file of route tests, Envoy's or our own, YAML or JSON (with commas at ends, as real files have). */
export function parseRouteTests(input: string | Uint8Array, file = ''): ParsedTests {
  const own = isOwnFormat(input, file)
  // The table of the API has no such types; the definitions bring them.
  const loaded = load((own ? OWN_FILE : ENVOY_FILE) as MessageName, input, {
    file,
    definitions: TEST_DEFINITIONS,
  }) as LoadResult<object>
  const problems = loaded.problems.filter((problem) => problem.severity === 'error')
  const { texts, config } = loaded
  if (config === undefined) return { tests: undefined, problems, texts }
  const cases = own ? ownCases(config, loaded) : envoyCases(config, loaded)
  return {
    tests: { file, format: own ? 'own' : 'envoy', config: own ? ((config as OwnTestFile).config ?? '') : '', cases },
    problems,
    texts,
  }
}

const MAX_LOOK = 1 << 20

/** Told by the file's name, else by what its tests have. */
function isOwnFormat(input: string | Uint8Array, file: string): boolean {
  if (/\.routes\.test\.(?:ya?ml|json)$/.test(file)) return true
  const text = typeof input === 'string' ? input.slice(0, MAX_LOOK) : utf8Text(input.subarray(0, MAX_LOOK))
  return !/["']?test_name["']?\s*:/.test(text) && /["']?request["']?\s*:/.test(text)
}
