/** Those that people know under another name than programs do. */
const NAMES: Record<string, string> = {
  slug: 'Address',
  body: 'Text',
  custom: 'Own fields',
  'seo.title': 'Page title',
  'seo.description': 'Page description',
  'seo.canonical_url': 'Canonical address',
}

/** A field of the API, such as `seo.title`, as the pages call it. */
export function fieldName(field: string): string {
  const known = NAMES[field]
  if (known) return known
  if (field.startsWith('custom.')) return `Own field “${field.slice('custom.'.length)}”`
  const words = field.replace('seo.', '').replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
