// One line for each downstream transport socket; everything else about it is in its folder.
export { rawBuffer } from './raw-buffer/index.ts'
export { starttls } from './starttls/index.ts'
export { tls } from './tls/index.ts'
