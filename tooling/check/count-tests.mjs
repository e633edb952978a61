// Counts what vitest's JSON report holds. A file that could not be loaded has no tests in it and still is a failure.

/** @returns {{passed: number, failed: number, skipped: number}} */
export function countTests(report) {
  const unloaded = (report.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return {
    passed: report.numPassedTests ?? 0,
    failed: (report.numFailedTests ?? 0) + unloaded.length,
    skipped: report.numPendingTests ?? 0,
  }
}
