import { defineConfig } from 'vitest/config';

/** The built window in a real Chromium, under the security policy it ships with. Needs `chromium` on the machine. */
export default defineConfig({
  test: {
    include: ['tests/browser/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    fileParallelism: false
  }
});
