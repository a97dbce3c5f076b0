import { defineConfig } from '@playwright/test';
import { findHeadless } from './scripts/test-tools.mjs';

export default defineConfig({
  testDir: 'tests/browser',
  globalSetup: './tests/browser/global-setup.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 45_000,
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    launchOptions: { executablePath: findHeadless() ?? 'chromium' },
    screenshot: 'only-on-failure',
  },
});
