import { signal } from '@preact/signals'

/** The line of the editor that the cursor is in, from 1; 0 = nowhere. */
export const cursorLine = signal(0)
