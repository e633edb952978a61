import { isTree } from '../model/trees.ts'

/** A place where the two proxies do not agree. */
export interface Difference {
  /** `steps[0].headers.server`, `log[0].flags`, … */
  readonly at: string
  readonly envoy: unknown
  readonly nuncio: unknown
}

/** All places where two observations differ, the deepest ones. */
export function differences(envoy: unknown, nuncio: unknown, at = ''): Difference[] {
  if (Object.is(envoy, nuncio)) return []
  if (Array.isArray(envoy) && Array.isArray(nuncio) && envoy.length === nuncio.length && !isTexts(envoy)) {
    return envoy.flatMap((each, i) => differences(each, nuncio[i], `${at}[${i}]`))
  }
  if (isTree(envoy) && isTree(nuncio)) {
    const keys = [...new Set([...Object.keys(envoy), ...Object.keys(nuncio)])]
    return keys.flatMap((key) => differences(envoy[key], nuncio[key], at === '' ? key : `${at}.${key}`))
  }
  if (JSON.stringify(envoy) === JSON.stringify(nuncio)) return []
  return [{ at, envoy, nuncio }]
}

/** The values of one header are compared as a whole. */
function isTexts(list: readonly unknown[]): boolean {
  return list.every((each) => typeof each === 'string')
}
