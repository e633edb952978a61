import { formatGithub, formatJson, formatPretty, formatSarif, type Problem, type ProblemFormat } from '@nuncio/config'
import { useColour } from './print-problems.ts'
import { VERSION } from './version.ts'

export const FORMATS: readonly ProblemFormat[] = ['pretty', 'json', 'sarif', 'github']

/** Problems on standard output in a format; nothing at all when there are none and the format is for readers. */
export function problemText(
  format: ProblemFormat,
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
): string {
  switch (format) {
    case 'pretty':
      return formatPretty(problems, texts, { colour: useColour(process.stdout) })
    case 'json':
      return formatJson(problems)
    case 'sarif':
      return formatSarif(problems, {
        toolName: 'nuncio',
        toolVersion: VERSION,
        informationUri: 'https://github.com/nuncio-proxy/nuncio',
      })
    case 'github':
      return formatGithub(problems)
  }
}

/** Writes all of a text, also to a pipe that is slow to take it. */
export async function print(text: string): Promise<void> {
  if (text === '') return
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
}
