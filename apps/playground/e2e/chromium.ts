import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const named = process.env['NUNCIO_CHROMIUM']

/** A Chromium of this machine; undefined when there is none. `NUNCIO_CHROMIUM` names the only one to look for. */
export const chromiumPath = (named === undefined ? USUAL_PLACES : [named]).find((place) => existsSync(place))

export async function launch(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return await chromium.launch({ executablePath: chromiumPath!, args: sandbox })
}
