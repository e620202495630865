import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['server/test/**/*.test.ts'],
    // These need Debian's packages; `npm run test:server` is the part that needs npm only.
    exclude:
      process.env.SEALPOST_TEST_SCOPE === 'server'
        ? ['server/test/schemas/nanopb.test.ts', 'server/test/firmware/**', 'server/test/web/browser/**']
        : [],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
