import 'astro';

declare module 'astro' {
  interface AstroClientDirectives {
    /** See src/widgets/client-wanted.ts. */
    'client:wanted'?: string;
  }
}
