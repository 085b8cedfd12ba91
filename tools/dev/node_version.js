// Loaded before the first TypeScript file, and plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Muster needs Node 24 or newer; this is ${process.version} (${process.execPath}).\n` +
      'npm brings its own Node 26 on Linux x64 and arm64; elsewhere install one from https://nodejs.org.',
  );
  process.exit(1);
}
