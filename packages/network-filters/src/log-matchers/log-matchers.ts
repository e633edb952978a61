import type { AccessLogMatchers } from '@nuncio/access-log'
import type { Problem, Sources } from '@nuncio/config'
import { compileHeaderMatcher, compileValueMatcher, configPlace } from '@nuncio/matching'

/** The matchers that access log filters ask for, from @nuncio/matching. `path` is where the log stands. */
export function logMatchers(
  path: string,
  report: (problem: Problem) => void,
  sources: Sources | undefined,
): AccessLogMatchers {
  const place = (node: object, below: string) => configPlace(node, { report, sources, path: `${path}.${below}` })
  return {
    header: (config, below) => compileHeaderMatcher(config, place(config, below)),
    value: (config, below) => compileValueMatcher(config, place(config, below)),
  }
}

/** Turns what an access log's compiler found into problems with places. */
export function findingReporter(path: string, report: (problem: Problem) => void, sources: Sources | undefined) {
  return (finding: {
    readonly code: string
    readonly path: string
    readonly message: string
    readonly hint: string
    readonly node: object
    readonly field: string | number
  }): void => {
    const at = sources?.positionOf(finding.node, finding.field)
    report({
      code: finding.code,
      severity: 'error',
      path: `${path}.${finding.path}`,
      file: at?.file ?? '',
      line: at?.line ?? 0,
      column: at?.column ?? 0,
      message: finding.message,
      hint: finding.hint,
    })
  }
}
