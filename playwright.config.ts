import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/test-tools.mjs';

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
    launchOptions: { executablePath: findChromium() ?? 'chromium' },
    screenshot: 'only-on-failure',
  },
});
