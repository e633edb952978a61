// One line for each downstream transport socket; everything else about it is in its folder.
export { rawBuffer } from './raw-buffer/index.ts'
