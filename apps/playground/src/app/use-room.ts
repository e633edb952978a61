import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** How wide the content of an element may be, in px; follows the window. */
export function useRoom(): { readonly ref: RefObject<HTMLDivElement | null>; readonly width: Signal<number> } {
  const ref = useRef<HTMLDivElement>(null)
  const width = useSignal(800)
  useLayoutEffect(() => {
    const element = ref.current!
    const measure = (): void => {
      const { paddingLeft, paddingRight } = getComputedStyle(element)
      width.value = element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) - 2
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}
