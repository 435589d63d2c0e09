/** Several manifest files in one body, so that errors can name the file: `{ sources: [{ file, text }] }`. */
export const SOURCES_MEDIA_TYPE = 'application/vnd.konor.sources+json'
