/** One bar: a value, with the least and the most that were measured where there was a spread. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
}

const WIDTH = 760
const LEFT = 190
const RIGHT = 90
const ROW = 26
const TOP = 54

const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}.unit{fill:#57606a}
.bar{fill:#8c959f}.ours{fill:#0969da}.range{stroke:#24292f;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.unit{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#4493f8}.range{stroke:#e6edf3}}`

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

function drawBar(bar: Bar, row: number, scale: (value: number) => number): string {
  const y = TOP + row * ROW
  const middle = y + ROW / 2 - 3
  const x = (value: number): string => scale(value).toFixed(1)
  const ours = bar.label.startsWith('nuncio') ? ' ours' : ''
  return `<text x="${LEFT - 10}" y="${middle + 5}" text-anchor="end">${escape(bar.label)}</text>
<rect class="bar${ours}" x="${LEFT}" y="${y}" width="${(scale(bar.value) - LEFT).toFixed(1)}" height="${ROW - 6}" rx="2"/>
<line class="range" x1="${x(bar.min)}" x2="${x(bar.max)}" y1="${middle}" y2="${middle}"/>
<text x="${(Math.max(scale(bar.max), scale(bar.value)) + 8).toFixed(1)}" y="${middle + 5}">${bar.value.toFixed(1)}</text>`
}

/** A bar chart as SVG: no script, no font of its own, light and dark. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(1e-9, ...bars.map((bar) => Math.max(bar.max, bar.value)))
  const scale = (value: number): number => LEFT + (Math.max(0, value) / most) * (WIDTH - LEFT - RIGHT)
  const height = TOP + bars.length * ROW + 12
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}</style>
<text class="title" x="12" y="20">${escape(title)}</text>
<text class="unit" x="12" y="39">${escape(unit)}</text>
${bars.map((bar, row) => drawBar(bar, row, scale)).join('\n')}
</svg>
`
}
