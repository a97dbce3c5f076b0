import { defineConfig } from '@playwright/test';
import { findHeadless } from './scripts/test-tools.mjs';

const waits = /(lab|channel-layer|faults|your-server)\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests/browser',
  globalSetup: './tests/browser/global-setup.ts',
  fullyParallel: true,
  // Two tests use the whole of two cores; beside them runs one of those that mostly wait.
  workers: 3,
  projects: [
    { name: 'waits', testMatch: waits, workers: 1 },
    { name: 'works', testIgnore: waits, workers: 2 },
  ],
  retries: 0,
  timeout: 45_000,
  expect: { timeout: 10_000 }, // a busy machine is slow, not wrong
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    launchOptions: { executablePath: findHeadless() ?? 'chromium' },
    screenshot: 'only-on-failure',
  },
});
