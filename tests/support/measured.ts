// Before a program, by node --expose-gc --import: on SIGUSR2 it says what memory it needs.

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  setTimeout(() => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    console.log(`memory ${JSON.stringify({ rss, heapUsed })}`);
  }, 500);
});
