import { load, type LoadResult, type MessageName, type Problem } from '@nuncio/config'
import { utf8Text } from '@nuncio/core'
import { earlyCases } from './early-tests.ts'
import { envoyCases } from './envoy-tests.ts'
import { EARLY_FILE, ENVOY_FILE, OWN_FILE, type OwnTestFile, TEST_DEFINITIONS } from './messages.ts'
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
  const format = formatOf(input, file)
  // The table of the API has no such types; the definitions bring them.
  const loaded = load(TYPES[format] as MessageName, format === 'early' ? wrapped(input) : input, {
    file,
    definitions: TEST_DEFINITIONS,
  }) as LoadResult<object>
  const problems = loaded.problems.filter((problem) => problem.severity === 'error')
  const { texts, config } = loaded
  if (config === undefined) return { tests: undefined, problems, texts }
  const own = format === 'own'
  const cases = { own: ownCases, envoy: envoyCases, early: earlyCases }[format](config, loaded)
  return {
    tests: { file, format: own ? 'own' : 'envoy', config: own ? ((config as OwnTestFile).config ?? '') : '', cases },
    problems,
    texts,
  }
}

type Format = 'own' | 'envoy' | 'early'

const TYPES: Readonly<Record<Format, string>> = { own: OWN_FILE, envoy: ENVOY_FILE, early: EARLY_FILE }
const MAX_LOOK = 1 << 20

/** Told by the file's name, else by what its tests have. */
function formatOf(input: string | Uint8Array, file: string): Format {
  if (/\.routes\.test\.(?:ya?ml|json)$/.test(file)) return 'own'
  const text = typeof input === 'string' ? input.slice(0, MAX_LOOK) : utf8Text(input.subarray(0, MAX_LOOK))
  if (!/["']?test_name["']?\s*:/.test(text) && /["']?request["']?\s*:/.test(text)) return 'own'
  return /["']:authority["']\s*:/.test(text) ? 'early' : 'envoy'
}

/** Early files are a list without a name. */
function wrapped(input: string | Uint8Array): string | Uint8Array {
  const text = typeof input === 'string' ? input : utf8Text(input)
  return /^\s*\[/.test(text) ? `{"tests":${text}}` : input
}
