import { defineConfig } from 'vite'

// The names are fixed: the server embeds the files by them, and their address changes with the build.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    sourcemap: false,
    rolldownOptions: {
      input: {
        editor: 'src/editor/main.ts',
        list: 'src/list/main.ts',
        history: 'src/history/main.ts',
        worker: 'src/worker/main.ts',
      },
      output: {
        entryFileNames: '[name].js',
        codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
        chunkFileNames: '[name].js',
        assetFileNames: 'admin.[ext]',
      },
    },
  },
})
