import { defineEcConfig } from '@astrojs/starlight/expressive-code';

// In a file of its own, since <Code> cannot read a function from astro.config.mjs.
export default defineEcConfig({
  themes: ['github-dark-default', 'github-light-default'],
  styleOverrides: {
    borderRadius: '0.6rem',
    codeFontFamily: 'var(--mono)',
    codeFontSize: '0.84rem',
    frames: { shadowColor: 'transparent' },
  },
  getBlockLocale: ({ file }) =>
    /zh-cn/.test(file.path ?? file.url?.pathname ?? '') ? 'zh-CN' : 'en',
});
