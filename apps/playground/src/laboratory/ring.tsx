import { useSignal, useSignalEffect } from '@preact/signals'
import { type HashPicture, shareText } from '@nuncio/simulator'
import { hashPicture, lab, labHosts } from '../state/lab.ts'

const HASHING = ['RING_HASH', 'MAGLEV'] as const
const SIZE = 220
const OUTER = 100
const INNER = 62
const SHIFTED = 78

/** Who has which part of the hash space, and what moves when a host leaves: outside as it is, inside without that host. */
export function Ring() {
  const absent = useSignal('')
  const pictures = useSignal<readonly [HashPicture, HashPicture | undefined] | undefined>(undefined)
  useSignalEffect(() => {
    const policy =
      HASHING.find((name) => lab.value.policies.includes(name)) ?? (lab.value.policies.includes('') ? '' : undefined)
    const without = labHosts.value.hosts.includes(absent.value) ? absent.value : ''
    if (policy === undefined) {
      pictures.value = undefined
      return
    }
    void Promise.all([hashPicture(policy, []), without === '' ? undefined : hashPicture(policy, [without])])
      .then(([all, rest]) => (pictures.value = all === undefined ? undefined : [all, rest]))
      .catch(() => (pictures.value = undefined))
  })
  if (pictures.value === undefined) return null
  const [all, rest] = pictures.value
  const moved =
    rest === undefined ? 0 : rest.points.filter((host, i) => host !== all.points[i]).length / all.points.length
  return (
    <section class="lab-ring" aria-label="Hash space">
      <h2>Hash space</h2>
      <div class="ring-row">
        <svg
          class="ring"
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          width={SIZE}
          height={SIZE}
          role="img"
          aria-label={`Shares: ${all.hosts.map((host, i) => `${host} ${shareText(all.shares[i]!)}`).join(', ')}`}
        >
          {arcs(all, rest === undefined ? INNER : SHIFTED + 2, OUTER)}
          {rest !== undefined && arcs(rest, INNER, SHIFTED - 2)}
        </svg>
        <div>
          <label class="field">
            <span>without</span>
            <select value={absent.value} onChange={(event) => (absent.value = event.currentTarget.value)}>
              <option value="">no host is away</option>
              {all.hosts.map((host) => (
                <option key={host}>{host}</option>
              ))}
            </select>
          </label>
          {rest !== undefined && (
            <p class="ring-moved">
              {shareText(moved)} of the keys move; {shareText(all.shares[all.hosts.indexOf(absent.value)] ?? 0)} were
              its own.
            </p>
          )}
          <ul class="ring-shares">
            {all.hosts.slice(0, 16).map((host, i) => (
              <li key={host}>
                <span class="swatch" style={{ background: colour(i, all.hosts.length) }} /> {host}{' '}
                {shareText(all.shares[i]!)}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  )
}

function arcs(picture: HashPicture, inner: number, outer: number) {
  const { points, hosts } = picture
  const found: preact.JSX.Element[] = []
  let from = 0
  for (let i = 1; i <= points.length; i++) {
    if (i < points.length && points[i] === points[from]) continue
    const host = points[from]!
    found.push(
      <path
        key={from}
        d={arc(from / points.length, i / points.length, inner, outer)}
        fill={host < 0 ? 'var(--line)' : colour(host, hosts.length)}
      />,
    )
    from = i
  }
  return found
}

function arc(from: number, to: number, inner: number, outer: number): string {
  const end = Math.min(to, from + 0.9999)
  const large = end - from > 0.5 ? 1 : 0
  return `M${pointAt(from, outer)}A${outer},${outer} 0 ${large} 1 ${pointAt(end, outer)}L${pointAt(end, inner)}A${inner},${inner} 0 ${large} 0 ${pointAt(from, inner)}Z`
}

/** A point on a circle; a turn of 0 is at the top. */
function pointAt(turn: number, radius: number): string {
  const angle = turn * 2 * Math.PI - Math.PI / 2
  return `${(SIZE / 2 + radius * Math.cos(angle)).toFixed(2)},${(SIZE / 2 + radius * Math.sin(angle)).toFixed(2)}`
}

/** Neighbours in the list are far apart in hue. */
function colour(index: number, count: number): string {
  return `hsl(${((index * 137.5) % 360).toFixed(0)} ${count > 12 ? 45 : 55}% 52%)`
}
