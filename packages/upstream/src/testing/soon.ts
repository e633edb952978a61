/** For `expect.poll`: real sockets answer within milliseconds, but a busy machine may take its time. */
export const SOON = { timeout: 10_000, interval: 5 }
