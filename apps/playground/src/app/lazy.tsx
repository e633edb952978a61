import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** A component whose code is loaded when it is first shown. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | undefined
  return function Lazy() {
    const [Loaded, setLoaded] = useState(() => known)
    useEffect(() => {
      if (known !== undefined) return
      void load().then((component) => {
        known = component
        setLoaded(() => component)
      })
    }, [])
    return Loaded === undefined ? <div class="loading">Loading…</div> : <Loaded />
  }
}
