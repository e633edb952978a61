import { load } from '@nuncio/config'
import { silentLogger } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { describe, expect, test } from 'vitest'
import { applyLogFormat } from './log-format.ts'

/** The pattern that a logger is given, and what is said about it. */
function applied(format: string, taken = true): { pattern: string | undefined; problems: readonly string[] } {
  const yaml = `application_log_config: { log_format: ${format} }`
  const { config, sources } = load('envoy.config.bootstrap.v3.Bootstrap', yaml)
  const problems: string[] = []
  let pattern: string | undefined = undefined
  const setFormat = (given: string): boolean => {
    if (taken) pattern = given
    return taken
  }
  const report = ({ code, line, path }: { code: string; line: number; path: string }): void =>
    void problems.push(`${line}: ${path} ${code}`)
  applyLogFormat(
    config!,
    { ...silentLogger, setFormat } as typeof silentLogger,
    configPlace(config, { report, sources }),
  )
  return { pattern, problems }
}

describe('application_log_config', () => {
  test('gives a pattern of text', () => {
    expect(applied('{ text_format: "%l %v" }')).toEqual({ pattern: '%l %v', problems: [] })
  })

  test('gives a JSON object with flags in its texts', () => {
    const { pattern } = applied('{ json_format: { message: "%j", at: { level: "%l" } } }')
    expect(pattern).toBe('{"message":"%j","at":{"level":"%l"}}')
  })

  test('refuses messages in JSON that are printed as they are', () => {
    const { problems } = applied('{ json_format: { message: "%v" } }')
    expect(problems).toEqual(['1: application_log_config.log_format.json_format invalid-value'])
  })

  test('is refused beside --log-format', () => {
    const { problems } = applied('{ text_format: "%v" }', false)
    expect(problems).toEqual(['1: application_log_config.log_format conflict'])
  })
})
