// npm run playground:screenshots: pictures of the page for docs/playground, in light and dark at three widths. The page
// must have been built.
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Playground } from './open-page.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const folder = path.join(root, 'docs/playground')
const SIZES = [
  [360, 740],
  [1024, 768],
  [1440, 900],
] as const
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

mkdirSync(folder, { recursive: true })
await using playground = await Playground.start()
for (const [width, height] of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await playground.open({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
    const shoot = async (part: string): Promise<void> => {
      await page.page.screenshot({ path: path.join(folder, `${part}-${width}-${colorScheme}.png`) })
    }
    await page.openText(read('docs/tools/files/shop.yaml'))
    await page.ask('https://shop.example/cart/7', 'x-beta: yes')
    await shoot('request')
    await page.openText(read('examples/front-proxy/envoy.yaml'))
    await page.ask('http://localhost:8080/users/7')
    await page.part('map')
    await shoot('map')
    await page.part('laboratory')
    await page.run()
    await page.page.locator('.lab-results').evaluate((element) => element.scrollIntoView({ block: 'start' }))
    await shoot('laboratory')
  }
}
