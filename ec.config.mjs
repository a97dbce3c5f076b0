import { defineEcConfig } from '@astrojs/starlight/expressive-code';

/**
 * A method that is shown without its class would be coloured wrongly. With `in-class` among a block's
 * meta it is analysed inside of one, whose line is then taken away.
 */
const inClass = {
  name: 'in-class',
  hooks: {
    preprocessCode({ codeBlock }) {
      if (codeBlock.metaOptions.getBoolean('in-class')) codeBlock.insertLine(0, 'class Shown {');
    },
    postprocessAnalyzedCode({ codeBlock }) {
      if (codeBlock.metaOptions.getBoolean('in-class')) codeBlock.deleteLine(0);
    },
  },
};

// In a file of its own, since <Code> cannot read a function from astro.config.mjs.
export default defineEcConfig({
  plugins: [inClass],
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
